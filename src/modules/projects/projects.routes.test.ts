import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountRoutes, type App } from '#platform/http/app';
import type { Actor } from '#shared/actor';
import { newId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildHttpApp } from '#test/http-app';
import { addTeam, type TestTeam } from '#test/teams';
import { createProjectsModule } from './projects.module.ts';

const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;

let test: TestDatabase;
let now = new Date();
let team: TestTeam;
let signedIn: Actor;
let app: App;
let module: ReturnType<typeof createProjectsModule>;

beforeAll(async () => {
  test = await createTestDatabase();
  module = createProjectsModule({
    database: test.database,
    clock: { now: () => now },
    settings: { trashRetentionDays: RETENTION_DAYS },
  });
  ({ app } = await buildHttpApp({ authenticate: async () => signedIn }));
  mountRoutes(app, { prefix: '/api/v1' }, module.registerRoutes);
  await app.ready();
  team = await addTeam(test.database);
  signedIn = team.actor;
});
afterAll(async () => {
  await app.close();
  await test.close();
});

describe('projects', () => {
  it('are created with what was given, and read back the same', async () => {
    const created = await post('/projects', { name: 'Atlas', description: 'Maps' });
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({
      name: 'Atlas',
      description: 'Maps',
      owner_id: team.actor.userId,
      team_id: team.id,
    });
    const read = await call('GET', `/projects/${created.json().id}`);
    expect(read.json()).toEqual(created.json());
  });

  it('keep how their passages are found', async () => {
    const { id, settings } = (await post('/projects', { name: 'Atlas' })).json();
    expect(settings).toEqual({});
    const retrieval = { mode: 'lexical', top_k: 4, vector_weight: 0.5, neighbours: 1 };
    const updated = await call('PATCH', `/projects/${id}`, { settings: { retrieval } });
    expect(updated.json()).toMatchObject({ name: 'Atlas', settings: { retrieval } });
    expect((await call('GET', `/projects/${id}`)).json().settings).toEqual({ retrieval });
    const wrong = { settings: { retrieval: { top_k: 51 } } };
    expect((await call('PATCH', `/projects/${id}`, wrong)).statusCode).toBe(422);
    const cleared = await call('PATCH', `/projects/${id}`, { settings: {} });
    expect(cleared.json().settings).toEqual({});
  });

  it.each([
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name of 256 characters', { name: 'x'.repeat(256) }, 'name'],
    ['a NUL in the name', { name: 'a\u0000b' }, 'name'],
    ['a description too long', { name: 'x', description: 'y'.repeat(2001) }, 'description'],
    ['an owner', { name: 'x', owner_id: newId() }, 'owner_id'],
  ])('refuse %s and name the field', async (_, body, field) => {
    const answer = await post('/projects', body);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toEqual([expect.objectContaining({ field })]);
  });

  it('are listed a page at a time, in the order asked for, with the total on every page', async () => {
    const other = await addTeam(test.database);
    signedIn = other.actor;
    for (const name of ['b', 'c', 'a']) await post('/projects', { name });
    const page = async (query: string) => (await call('GET', `/projects?${query}`)).json();
    const names = (body: { items: { name: string }[] }) => body.items.map(({ name }) => name);
    expect(names(await page('sort=name'))).toEqual(['a', 'b', 'c']);
    expect(names(await page(''))).toEqual(['a', 'c', 'b']);
    const second = await page('sort=-name&page=2&page_size=2');
    expect(names(second)).toEqual(['a']);
    expect(second).toMatchObject({ total: 3, page: 2, page_size: 2, total_pages: 2 });
    expect(await page('page=9&page_size=2')).toMatchObject({ items: [], total: 3 });
    signedIn = team.actor;
  });

  it('change in part, and keep what was not named', async () => {
    const { id } = (await post('/projects', { name: 'Before', description: 'Kept' })).json();
    const changed = await call('PATCH', `/projects/${id}`, { name: 'After' });
    expect(changed.json()).toMatchObject({ name: 'After', description: 'Kept' });
    const cleared = await call('PATCH', `/projects/${id}`, { description: null });
    expect(cleared.json()).toMatchObject({ name: 'After', description: null });
  });

  it('go to the trash and come back', async () => {
    const { id } = (await post('/projects', { name: 'Gone' })).json();
    expect((await call('DELETE', `/projects/${id}`)).statusCode).toBe(204);
    expect((await call('GET', `/projects/${id}`)).statusCode).toBe(404);
    expect((await call('DELETE', `/projects/${id}`)).statusCode).toBe(404);
    expect((await call('PATCH', `/projects/${id}`, { name: 'x' })).statusCode).toBe(404);
    const trash = (await call('GET', '/projects?deleted=true')).json();
    expect(trash.items.map((project: { id: string }) => project.id)).toContain(id);
    expect((await post(`/projects/${id}/restore`, {})).json()).toMatchObject({ id, name: 'Gone' });
    expect((await call('GET', `/projects/${id}`)).statusCode).toBe(200);
    expect((await post(`/projects/${id}/restore`, {})).statusCode).toBe(404);
  });

  it('are read but not written by a viewer', async () => {
    const { id } = (await post('/projects', { name: 'Shared' })).json();
    signedIn = team.viewer;
    expect((await call('GET', `/projects/${id}`)).statusCode).toBe(200);
    expect((await post('/projects', { name: 'Mine' })).statusCode).toBe(403);
    expect((await call('PATCH', `/projects/${id}`, { name: 'Mine' })).statusCode).toBe(403);
    expect((await call('DELETE', `/projects/${id}`)).statusCode).toBe(403);
    expect((await post(`/projects/${id}/restore`, {})).statusCode).toBe(403);
    signedIn = team.actor;
  });
});

describe('the purge', () => {
  it('deletes for good what has been in the trash longer than the retention, and what hangs on it', async () => {
    const kept = (await post('/projects', { name: 'Fresh in the trash' })).json().id;
    const purged = (await post('/projects', { name: 'Old in the trash' })).json().id;
    await call('DELETE', `/projects/${kept}`);
    await call('DELETE', `/projects/${purged}`);
    await backdate(purged, RETENTION_DAYS + 1);
    const erased: string[] = [];
    module.projects.onPurge(async ({ id }) => void erased.push(id));
    now = new Date();
    expect(await module.projects.purgeExpired()).toBe(1);
    expect(erased).toEqual([purged]);
    const trash = (await call('GET', '/projects?deleted=true')).json();
    const ids = trash.items.map(({ id }: { id: string }) => id);
    expect(ids).toContain(kept);
    expect(ids).not.toContain(purged);
  });
});

async function backdate(id: string, days: number): Promise<void> {
  await test.database
    .forTeam(team.id)
    .updateTable('projects')
    .set({ deleted_at: new Date(Date.now() - days * DAY_MS).toISOString() })
    .where('id', '=', id)
    .execute();
}

function post(url: string, payload: object) {
  return call('POST', url, payload);
}

function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const headers = { authorization: 'Bearer token' };
  return app.inject({ method, url: `/api/v1${url}`, headers, ...(payload && { payload }) });
}
