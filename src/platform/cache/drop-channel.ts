import type { RedisConnection } from './redis.ts';

export type DropChannel = { announce(key: string): Promise<void>; close(): void };

type Dependencies = {
  readonly redis: RedisConnection;
  readonly channel: string;
  readonly onDrop: (key: string) => void;
  /** Called when messages may have been missed. */
  readonly onGap: () => void;
};

/** Tells every replica which key was dropped. */
export async function createDropChannel(dependencies: Dependencies): Promise<DropChannel> {
  const { redis, channel, onDrop, onGap } = dependencies;
  const subscriber = redis.subscriber();
  subscriber.on('message', (_channel, key) => onDrop(key));
  subscriber.on('ready', () => void listen());
  subscriber.on('close', onGap);
  // A subscription waits in silence, so it can't tell a dead connection; the main one can.
  redis.onReturn(() => subscriber.disconnect(true));

  async function listen(): Promise<void> {
    await subscriber.subscribe(channel).then(onGap, () => subscriber.disconnect(true));
  }

  await subscriber.connect().catch(() => undefined);
  return {
    async announce(key) {
      await redis.run('publish', (client) => client.publish(channel, key)).catch(() => undefined);
    },
    close: () => subscriber.disconnect(),
  };
}
