import { answerOf, readAll, readSome, textOf } from '../../src/modules/chat/testing/read-chat.ts';
import { readEvents, signUp, type Json, type StreamEvent } from './client.ts';
import type { TestService } from './service.ts';

export type Chatter = Awaited<ReturnType<typeof createChatter>>;

/** Somebody new who asks questions, leaves and comes back, and what the service keeps of it. */
export async function createChatter(test: Pick<TestService, 'baseUrl' | 'database'>) {
  const { client, user } = await signUp(test.baseUrl);

  /** What was charged, by metric. */
  async function usage() {
    return test.database
      .forSystem()
      .selectFrom('usage_records')
      .select(['metric', 'amount', 'cost_micros as costMicros'])
      .where('user_id', '=', user.id)
      .orderBy('metric')
      .execute();
  }

  /** What the tokens of each model were charged. */
  async function bill() {
    return test.database
      .forSystem()
      .selectFrom('usage_records')
      .select(['model', 'provider', 'amount', 'cost_micros as costMicros', 'usage_estimated'])
      .where('user_id', '=', user.id)
      .where('metric', '=', 'ai_tokens')
      .execute();
  }

  /** Comes back to a stream; without an id, to its beginning. */
  async function follow(runId: string, lastEventId?: string) {
    const leaving = new AbortController();
    const response = await client.request('GET', `/chat/streams/${runId}`, {
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
      signal: leaving.signal,
    });
    return { response, events: readEvents(response), leave: () => leaving.abort() };
  }

  return {
    client,
    usage,
    bill,
    follow,
    /** The newest message of a session. */
    answer: (sessionId: string): Promise<Json> => answerOf(client, sessionId),

    /** Asks by stream, and gives all that the stream, the session and the meter say of it. */
    async ask(message: string, options: object = {}) {
      const { response, events } = await client.stream('/chat/stream', { message, ...options });
      const seen = await readAll(events);
      const told: readonly Json[] = seen.map(({ data }) => data);
      const answer: Json = await answerOf(client, told[0].session_id);
      return { response, told, text: textOf(seen), answer, usage: await usage() };
    },

    /** Opens a stream and reads its first event. */
    async open(message = 'Tell me much') {
      const leaving = new AbortController();
      const init = { signal: leaving.signal };
      const { events } = await client.stream('/chat/stream', { message }, init);
      const first = await readSome(events, 1);
      const { run_id: runId, session_id: sessionId } = first[0]?.data ?? {};
      return { events, first, runId, sessionId, leave: () => leaving.abort() };
    },

    async resume(runId: string, lastEventId?: string): Promise<readonly StreamEvent[]> {
      return readAll((await follow(runId, lastEventId)).events);
    },
  };
}
