import type { RedisConnection } from '#platform/cache/redis';
import { createRedisChannel } from '#platform/cache/redis-channel';
import type { MessageChannel } from './message-channel.ts';

const CHANNEL = 'groundwork:events';

export function createRedisMessageChannel(redis: RedisConnection): MessageChannel {
  return {
    async publish(message) {
      await redis.run('publish', (client) => client.publish(CHANNEL, message));
    },
    async open(handlers) {
      const channel = await createRedisChannel({ redis, channel: CHANNEL, ...handlers });
      return { close: async () => channel.close() };
    },
  };
}
