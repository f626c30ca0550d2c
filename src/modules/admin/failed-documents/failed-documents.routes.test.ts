import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signInAdmin } from '#test/admins';
import { signUp, uploadAndWait, type Client, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

const PATH = '/admin/failed-documents';
const SOON = { timeout: 30_000, interval: 50 };

let test: TestService;
let admin: Client;

beforeAll(async () => {
  test = await startTestService();
  admin = (await signInAdmin(test)).client;
});
afterAll(() => test.close());

/** Somebody whose documents were given up for these reasons. */
async function failFor(...reasons: readonly string[]) {
  const { client } = await signUp(test.baseUrl);
  const project = (await client.post('/projects', { name: 'Failing' })).body;
  const documents: Json[] = [];
  for (const reason of reasons) {
    const content = `a paper of ${randomUUID()}`;
    const document = await uploadAndWait(client, project.id, { name: `${reason}.txt`, content });
    await test.database
      .forSystem()
      .updateTable('documents')
      .set({ status: 'failed', stage: 'embed', attempts: 8, error_reason: reason, error: 'Oh no' })
      .where('id', '=', document.id)
      .execute();
    documents.push(document);
  }
  return { client, project, documents, teamId: String(project.team_id) };
}

async function listed(query: string): Promise<readonly string[]> {
  const { items } = (await admin.get(`${PATH}?${query}`)).body;
  return items.map(({ title }: Json) => title).toSorted();
}

async function waitUntilReady(client: Client, { id, project_id: projectId }: Json) {
  await vi.waitFor(async () => {
    const { body } = await client.get(`/projects/${projectId}/documents/${id}`);
    expect(body.status).toBe('ready');
  }, SOON);
}

describe('the failed documents', () => {
  it('are listed with what they failed with, by team and by reason', async () => {
    const { documents, teamId, project } = await failFor('timeout', 'interrupted');
    await failFor('timeout');
    const { items, total } = (await admin.get(`${PATH}?team_id=${teamId}&reason=timeout`)).body;
    expect(total).toBe(1);
    expect(items).toEqual([
      {
        id: documents[0].id,
        team_id: teamId,
        project_id: project.id,
        title: 'timeout.txt',
        mime_type: 'text/plain',
        bytes: documents[0].bytes,
        stage: 'embed',
        attempts: 8,
        error_reason: 'timeout',
        error: 'Oh no',
        failed_at: expect.any(String),
      },
    ]);
    expect(await listed(`team_id=${teamId}`)).toEqual(['interrupted.txt', 'timeout.txt']);
    expect((await listed('reason=timeout')).length).toBeGreaterThanOrEqual(2);
    expect(await listed(`team_id=${randomUUID()}`)).toEqual([]);
  });

  it('are left out while they, or their project, are in the trash', async () => {
    const { client, project, documents, teamId } = await failFor('one', 'other');
    await client.call('DELETE', `/projects/${project.id}/documents/${documents[0].id}`);
    expect(await listed(`team_id=${teamId}`)).toEqual(['other.txt']);
    await client.call('DELETE', `/projects/${project.id}`);
    expect(await listed(`team_id=${teamId}`)).toEqual([]);
    expect((await admin.post(`${PATH}/${documents[1].id}/retry`)).status).toBe(404);
  });

  it('are sent again one by one, which is audited', async () => {
    const { client, documents, teamId } = await failFor('timeout', 'interrupted');
    const [document] = documents;
    const answer = await admin.post(`${PATH}/${document.id}/retry`);
    expect(answer).toMatchObject({ status: 202, body: { error_reason: 'timeout' } });
    await waitUntilReady(client, document);
    expect(await listed(`team_id=${teamId}`)).toEqual(['interrupted.txt']);
    const { items } = (
      await admin.get(`/admin/audit-log?target_id=${document.id}&action=document.`)
    ).body;
    expect(items).toMatchObject([
      {
        action: 'document.retried',
        before: { stage: 'embed', reason: 'timeout', attempts: 8 },
      },
    ]);
  });

  it('are sent again all at once, those of a team and a reason, but not what was called off', async () => {
    const { client, documents, teamId } = await failFor('timeout', 'interrupted', 'cancelled');
    const other = await failFor('timeout');
    const retry = (body: object) => admin.post(`${PATH}/retry`, { team_id: teamId, ...body });
    expect(await retry({ reason: 'interrupted' })).toMatchObject({
      status: 202,
      body: { retried: 1, left: 0 },
    });
    expect((await retry({})).body).toEqual({ retried: 1, left: 0 });
    await waitUntilReady(client, documents[0]);
    await waitUntilReady(client, documents[1]);
    expect(await listed(`team_id=${teamId}`)).toEqual(['cancelled.txt']);
    expect((await retry({ reason: 'cancelled' })).body).toEqual({ retried: 1, left: 0 });
    await waitUntilReady(client, documents[2]);
    expect(await listed(`team_id=${other.teamId}`)).toEqual(['timeout.txt']);
  });

  it('are no documents that did not fail, and nobody else’s business', async () => {
    const { client, documents } = await failFor('timeout');
    const [document] = documents;
    expect((await client.get(PATH)).status).toBe(403);
    expect((await client.post(`${PATH}/${document.id}/retry`)).status).toBe(403);
    expect((await client.post(`${PATH}/retry`)).status).toBe(403);
    expect((await admin.post(`${PATH}/${document.id}/retry`)).status).toBe(202);
    await waitUntilReady(client, document);
    expect((await admin.post(`${PATH}/${document.id}/retry`)).status).toBe(404);
    expect((await admin.post(`${PATH}/${randomUUID()}/retry`)).status).toBe(404);
  });
});
