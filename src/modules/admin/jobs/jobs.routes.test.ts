import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signInAdmin } from '#test/admins';
import { signUp, uploadAndWait, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

const QUEUE = 'ingest-document';
const SOON = { timeout: 20_000, interval: 50 };

let test: TestService;
let admin: Awaited<ReturnType<typeof signInAdmin>>;
beforeAll(async () => {
  test = await startTestService();
  admin = await signInAdmin(test);
});
afterAll(() => test.close());

async function jobOf(documentId: string): Promise<Json> {
  return vi.waitFor(async () => {
    const { body } = await admin.client.get(`/admin/jobs?queue=${QUEUE}&page_size=100`);
    const found = body.items.find(
      ({ payload, state }: Json) =>
        JSON.stringify(payload).includes(documentId) && state === 'completed',
    );
    if (!found) throw new Error('not yet');
    return found;
  }, SOON);
}

/** A job that is over, put into another state. */
async function jobThat(state: string, startAfter = 'now()'): Promise<Json> {
  const { client } = await signUp(test.baseUrl);
  const { id } = (await client.post('/projects', { name: 'Jobs' })).body;
  const document = await uploadAndWait(client, id, { name: 'a.txt', content: randomUUID() });
  const job = await jobOf(document.id);
  await test.database.pool.query(
    `update pgboss.job set state = $1, start_after = ${startAfter}, retry_limit = 3, completed_on = null where id = $2`,
    [state, job.id],
  );
  return job;
}

const stateOf = async (id: string) => (await admin.client.get(`/admin/jobs/${id}`)).body.state;
const act = (id: string, name: string) => admin.client.post(`/admin/jobs/${id}/${name}`);

describe('the jobs', () => {
  it('are listed by queue and state, with ids for payload and nothing else', async () => {
    const job = await jobThat('completed');
    expect(job).toMatchObject({ queue: QUEUE, state: 'completed', failure: null });
    expect(job.trace_id).toMatch(/^[0-9a-f]{32}$/);
    for (const value of Object.values(job.payload)) expect(value).toMatch(/^[0-9a-f-]{36}$/);
    expect((await admin.client.get(`/admin/jobs/${job.id}`)).body).toMatchObject({ id: job.id });
    const failed = await admin.client.get(`/admin/jobs?queue=${QUEUE}&state=failed`);
    expect(failed.body).toMatchObject({ items: [], total: 0, total_pages: 0 });
  });

  it('are counted by queue, each with its schedule', async () => {
    await jobThat('completed');
    const { items } = (await admin.client.get('/admin/jobs/queues')).body;
    const byName = new Map<string, Json>(items.map((item: Json) => [item.name, item]));
    expect(byName.get(QUEUE)).toMatchObject({ schedule: null });
    expect(byName.get(QUEUE).counts.completed).toBeGreaterThan(0);
    expect(byName.get('purge-audit-log').schedule).toMatch(/^\d+ \d+ \* \* \*$/);
    expect(byName.get('dead-letter').counts.created).toBe(0);
  });

  it('that failed run again when asked, which is audited', async () => {
    const job = await jobThat('failed');
    expect((await act(job.id, 'retry')).status).toBe(204);
    await vi.waitFor(async () => expect(await stateOf(job.id)).toBe('completed'), SOON);
    const { items } = (await admin.client.get(`/admin/audit-log?target_id=${job.id}`)).body;
    expect(items).toMatchObject([
      { action: 'job.retried', actor_id: admin.id, before: { queue: QUEUE, state: 'failed' } },
    ]);
  });

  it('that wait are cancelled, and run again when asked', async () => {
    const job = await jobThat('created', "now() + interval '1 hour'");
    expect((await act(job.id, 'cancel')).status).toBe(204);
    expect(await stateOf(job.id)).toBe('cancelled');
    expect((await act(job.id, 'retry')).status).toBe(204);
    expect(await stateOf(job.id)).toBe('created');
  });

  it.each(['retry', 'cancel'])('that are done refuse to %s', async (name) => {
    const job = await jobThat('completed');
    const answer = await act(job.id, name);
    expect(answer).toMatchObject({ status: 409, body: { reason: 'job.wrong_state' } });
  });

  it.each(['retry', 'cancel'])('that are not there cannot %s', async (name) => {
    expect((await act(randomUUID(), name)).status).toBe(404);
  });
});

describe('the statistics', () => {
  it('count what there is over all tenants', async () => {
    const { body } = await admin.client.get('/admin/stats');
    expect(body.users).toBeGreaterThan(0);
    expect(body.teams).toBe(body.users);
    expect(body.projects).toBeGreaterThan(0);
    expect(body.documents).toBeGreaterThan(0);
    expect(body.jobs.completed).toBeGreaterThan(0);
    expect(Date.parse(body.counted_at)).toBeLessThanOrEqual(Date.now());
  });

  it('are counted once for many looks', async () => {
    const [one, other] = [
      await admin.client.get('/admin/stats'),
      await admin.client.get('/admin/stats'),
    ];
    expect(other.body.counted_at).toBe(one.body.counted_at);
  });
});
