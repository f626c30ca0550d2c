import type { RedisConnection } from './redis.ts';

export type RedisChannel = { publish(message: string): Promise<void>; close(): void };

type Dependencies = {
  readonly redis: RedisConnection;
  readonly channel: string;
  readonly onMessage: (message: string) => void;
  /** Called when messages may have been missed. */
  readonly onGap: () => void;
};

/** Tells every replica, this one too. */
export async function createRedisChannel(dependencies: Dependencies): Promise<RedisChannel> {
  const { redis, channel, onMessage, onGap } = dependencies;
  const subscriber = redis.subscriber();
  subscriber.on('message', (_channel, message) => onMessage(message));
  subscriber.on('ready', () => void listen());
  subscriber.on('close', onGap);
  // A subscription waits in silence, so it can't tell a dead connection; the main one can.
  redis.onReturn(() => subscriber.disconnect(true));

  async function listen(): Promise<void> {
    await subscriber.subscribe(channel).then(onGap, () => subscriber.disconnect(true));
  }

  await subscriber.connect().catch(() => undefined);
  return {
    async publish(message) {
      await redis
        .run('publish', (client) => client.publish(channel, message))
        .catch(() => undefined);
    },
    close: () => subscriber.disconnect(),
  };
}
