import { expect, it } from 'vitest';
import { buildRequest, neverAborted, readStream } from '../testing/chat-requests.ts';
import { createCandidate, outage, say, WHOLE } from '../testing/scripted-candidates.ts';
import { createFirstTokenTimes, watchFirstToken } from './first-token-times.ts';

const MODEL = { provider: 'openai', name: 'm' };

it('follows what models do of late, a fifth at a time', () => {
  const times = createFirstTokenTimes();
  expect(times.get(MODEL)).toBeUndefined();
  times.record(MODEL, 1000);
  expect(times.get(MODEL)).toBe(1000);
  times.record(MODEL, 500);
  expect(times.get(MODEL)).toBe(900);
  expect(times.get({ ...MODEL, provider: 'gemini' })).toBeUndefined();
});

it('measures the first event of an answer, and nothing of a call that fails before it', async () => {
  const times = createFirstTokenTimes();
  let now = 0;
  const clock = () => (now += 250);
  const ask = (model: ReturnType<typeof createCandidate>) =>
    readStream(watchFirstToken(model, times, clock).stream(buildRequest('?'), neverAborted));

  const failing = createCandidate('failing', [outage()]);
  expect((await ask(failing)).failure).toBeDefined();
  expect(times.get(failing)).toBeUndefined();

  const answering = createCandidate('answering', [say('one'), say('two'), WHOLE]);
  expect((await ask(answering)).events).toHaveLength(3);
  expect(times.get(answering)).toBe(250);
});
