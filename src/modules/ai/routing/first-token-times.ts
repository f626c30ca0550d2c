import { LRUCache } from 'lru-cache';
import { beginStream } from '#shared/begin-stream';
import type { ChatModel } from '../chat-model.ts';

/** How long models took of late to begin their answers, as this process saw it. */
export type FirstTokenTimes = {
  /** In milliseconds; undefined for a model that has not answered yet. */
  get(model: Pick<ChatModel, 'provider' | 'name'>): number | undefined;
  record(model: Pick<ChatModel, 'provider' | 'name'>, timeMs: number): void;
};

/** How much the newest answer counts: about the last ten make the figure. */
const NEWEST_WEIGHT = 0.2;
const MAX_MODELS = 1000;

export function createFirstTokenTimes(): FirstTokenTimes {
  const times = new LRUCache<string, number>({ max: MAX_MODELS });
  const keyOf = ({ provider, name }: Pick<ChatModel, 'provider' | 'name'>) => `${provider}/${name}`;
  return {
    get: (model) => times.get(keyOf(model)),
    record(model, timeMs) {
      const before = times.get(keyOf(model)) ?? timeMs;
      times.set(keyOf(model), before + NEWEST_WEIGHT * (timeMs - before));
    },
  };
}

/** The same model, whose speed is recorded. */
export function watchFirstToken(
  model: ChatModel,
  times: FirstTokenTimes,
  nowMs: () => number = () => performance.now(),
): ChatModel {
  return {
    ...model,
    stream: (request, signal) =>
      beginStream(async () => {
        const startedMs = nowMs();
        const rest = model.stream(request, signal)[Symbol.asyncIterator]();
        const first = await rest.next();
        if (!first.done) times.record(model, nowMs() - startedMs);
        return { first, rest };
      }),
  };
}
