import type { Database } from '#platform/db/database';
import type { TeamId } from '#shared/ids';

/** Whatever the wire brought; a test says what it expects of it. */
type Json = ReturnType<typeof JSON.parse>;
type StreamEvent = { readonly id: string | undefined; readonly data: Json };
type Reader = { get(path: string): Promise<{ readonly body: Json }> };

export async function readAll(events: AsyncIterable<StreamEvent>): Promise<readonly StreamEvent[]> {
  return Array.fromAsync(events);
}

/** The next events of a stream that goes on. */
export async function readSome(
  events: AsyncIterator<StreamEvent>,
  count: number,
): Promise<readonly StreamEvent[]> {
  const found: StreamEvent[] = [];
  while (found.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    found.push(value);
  }
  return found;
}

/** The newest message of a session. */
export async function answerOf(client: Reader, sessionId: string): Promise<Json> {
  const { body } = await client.get(`/chat/sessions/${sessionId}/messages`);
  return body.items.at(-1);
}

export async function listUsage(database: Database, teamId: TeamId) {
  return database
    .forSystem()
    .selectFrom('usage_records')
    .select(['metric', 'amount', 'cost_micros', 'completion_tokens', 'usage_estimated'])
    .select(['model', 'provider'])
    .where('team_id', '=', teamId)
    .orderBy('metric')
    .execute();
}

export const typesOf = (events: readonly StreamEvent[]) =>
  events.map(({ data }) => data.type ?? data);
export const idsOf = (events: readonly StreamEvent[]) => events.map(({ id }) => id);
export const textOf = (events: readonly StreamEvent[]) =>
  events.map(({ data }) => (data.type === 'token' ? data.content : '')).join('');
