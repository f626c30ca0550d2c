import { expect, it, vi } from 'vitest';
import { watchStream, type StreamEnding } from './watch-stream.ts';

async function* count(failure?: Error, onEnd: () => void = () => undefined) {
  try {
    yield 1;
    yield 2;
    if (failure) throw failure;
  } finally {
    onEnd();
  }
}

function watch(events: AsyncIterable<number>, see: (event: number) => Promise<void> | undefined) {
  const endings: StreamEnding[] = [];
  const stream = watchStream(events, {
    see,
    end: (ending) => void endings.push(ending),
  });
  return { stream, endings };
}

it('shows each event before its reader has it, and tells of the end once', async () => {
  const acts: string[] = [];
  const { stream, endings } = watch(count(), async (event) => {
    await Promise.resolve();
    acts.push(`seen ${event}`);
  });
  for await (const event of stream) acts.push(`read ${event}`);
  await stream.return?.();
  expect(acts).toEqual(['seen 1', 'read 1', 'seen 2', 'read 2']);
  expect(endings).toEqual([{ kind: 'whole' }]);
});

it('tells what broke the stream, and throws it on', async () => {
  const failure = new Error('broken');
  const { stream, endings } = watch(count(failure), () => undefined);
  await expect(Array.fromAsync(stream)).rejects.toBe(failure);
  expect(endings).toEqual([{ kind: 'broken', failure }]);
});

it('ends what it reads where its reader leaves', async () => {
  const onEnd = vi.fn<() => void>();
  const { stream, endings } = watch(count(undefined, onEnd), () => undefined);
  for await (const event of stream) if (event === 1) break;
  expect(onEnd).toHaveBeenCalledOnce();
  expect(endings).toEqual([{ kind: 'left' }]);
});

it('sees what is on its way before it tells that its reader left', async () => {
  const acts: string[] = [];
  const stream = watchStream(count(), {
    see: (event) => void acts.push(`seen ${event}`),
    end: ({ kind }) => void acts.push(kind),
  });
  const first = stream.next();
  await stream.return?.();
  expect(await first).toEqual({ done: false, value: 1 });
  expect(acts).toEqual(['seen 1', 'left']);
});

it('is broken by a watcher that fails, and ends what it reads', async () => {
  const failure = new Error('no room');
  const onEnd = vi.fn<() => void>();
  const refuse = (event: number) => (event === 2 ? Promise.reject(failure) : undefined);
  const { stream, endings } = watch(count(undefined, onEnd), refuse);
  const read: number[] = [];
  const reading = (async () => {
    for await (const event of stream) read.push(event);
  })();
  await expect(reading).rejects.toBe(failure);
  expect(read).toEqual([1]);
  expect(onEnd).toHaveBeenCalledOnce();
  expect(endings).toEqual([{ kind: 'broken', failure }]);
});

it('throws what fails at the end in place of what broke the stream', async () => {
  const stream = watchStream(count(new Error('broken')), {
    see: () => undefined,
    end: () => Promise.reject(new Error('not settled')),
  });
  await expect(Array.fromAsync(stream)).rejects.toThrow('not settled');
});
