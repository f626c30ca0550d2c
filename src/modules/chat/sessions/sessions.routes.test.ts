import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#shared/actor';
import { newId, type MessageId, type SessionId } from '#shared/ids';
import { createClient, type Client } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { addProject, addTeam } from '#test/teams';
import { startChat, type ChatUnderTest } from '../testing/chat-under-test.ts';

const clientOf = (actor: Actor) => createClient(...chat.accessOf(actor));

let test: TestDatabase;
let chat: ChatUnderTest;
beforeAll(async () => {
  test = await createTestDatabase();
  chat = await startChat(test.database);
});
afterAll(async () => {
  await chat.close();
  await test.close();
});

const contentsOf = ({ items }: { items: readonly { content: string }[] }) =>
  items.map(({ content }) => content);

async function signIn() {
  const { actor, viewer } = await addTeam(test.database);
  return { actor, viewer, client: clientOf(actor) };
}

async function say(client: Client, sessionId: string, message: string): Promise<void> {
  const asking = client.post('/chat', { message, session_id: sessionId });
  const call = await chat.model.nextCall();
  call.say(`re: ${message}`);
  call.finish();
  await asking;
}

describe('chat sessions', () => {
  it('are created, read, changed, listed and deleted', async () => {
    const { client, actor } = await signIn();
    const projectId = await addProject(test.database, actor);
    chat.addProject(projectId, actor);
    const created = await client.post('/chat/sessions', { name: 'First', project_id: projectId });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      name: 'First',
      project_id: projectId,
      model: null,
      last_message_at: null,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const path = `/chat/sessions/${created.body.id}`;
    expect((await client.get(path)).body).toEqual(created.body);
    const change = { name: 'Renamed', project_id: null, model: 'scripted' };
    expect((await client.call('PATCH', path, change)).body).toMatchObject(change);
    expect((await client.get('/chat/sessions')).body).toMatchObject({ total: 1, items: [change] });
    expect((await client.call('DELETE', path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(404);
  });

  it('are named by their first message unless they have a name', async () => {
    const { client } = await signIn();
    const { body: unnamed } = await client.post('/chat/sessions');
    expect(unnamed.name).toBe('New chat');
    const { body: named } = await client.post('/chat/sessions', { name: 'Mine' });
    for (const { id } of [unnamed, named]) await say(client, id, 'What is it?');
    const names = await Promise.all(
      [unnamed, named].map(async ({ id }) => (await client.get(`/chat/sessions/${id}`)).body.name),
    );
    expect(names).toEqual(['What is it?', 'Mine']);
  });

  it('are listed by pages, sorted, and by project', async () => {
    const { client, actor } = await signIn();
    const projectId = await addProject(test.database, actor);
    chat.addProject(projectId, actor);
    for (const name of ['b', 'a', 'c']) {
      await client.post('/chat/sessions', { name, ...(name === 'c' && { project_id: projectId }) });
    }
    const namesOf = async (query: string) =>
      (await client.get(`/chat/sessions?${query}`)).body.items.map(
        ({ name }: { name: string }) => name,
      );
    expect(await namesOf('')).toEqual(['c', 'a', 'b']);
    expect(await namesOf('sort=name&page_size=2')).toEqual(['a', 'b']);
    expect(await namesOf('sort=name&page_size=2&page=2')).toEqual(['c']);
    expect(await namesOf(`project_id=${projectId}`)).toEqual(['c']);
    expect((await client.get('/chat/sessions?page=9')).body).toMatchObject({ items: [], total: 3 });
  });

  it('are not there for a colleague, another team, or the same user in another team', async () => {
    const [own, foreign] = [await signIn(), await signIn()];
    const { body: session } = await own.client.post('/chat/sessions', { name: 'Mine' });
    const others = [
      foreign.actor,
      { ...foreign.actor, teamId: own.actor.teamId },
      { ...own.actor, teamId: foreign.actor.teamId },
    ];
    const path = `/chat/sessions/${session.id}`;
    for (const other of others.map((actor) => clientOf(actor))) {
      const missing = `/chat/sessions/${newId<SessionId>()}`;
      for (const [method, suffix, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { name: 'Taken' }],
        ['DELETE', '', undefined],
        ['GET', '/messages', undefined],
        ['DELETE', '/messages', undefined],
      ] as const) {
        const answer = await other.call(method, `${path}${suffix}`, body);
        expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
        const random = await other.call(method, `${missing}${suffix}`, body);
        expect(Object.keys(random.body)).toEqual(Object.keys(answer.body));
      }
      expect((await other.get('/chat/sessions')).body.total).toBe(0);
    }
    expect((await own.client.get(path)).body.name).toBe('Mine');
  });

  it.each([
    [{ name: '' }],
    [{ name: 'x'.repeat(256) }],
    [{ name: 'a\u0000' }],
    [{ name: 'a', user_id: newId() }],
    [{ project_id: 'x' }],
  ])('refuse %j', async (body) => {
    const { client } = await signIn();
    expect((await client.post('/chat/sessions', body)).status).toBe(422);
  });

  it("refuse an unknown model, another team's project, and a viewer", async () => {
    const [own, foreign] = [await signIn(), await signIn()];
    const projectId = await addProject(test.database, foreign.actor);
    chat.addProject(projectId, foreign.actor);
    const create = (body: object) => own.client.post('/chat/sessions', body);
    expect((await create({ model: 'unheard-of' })).status).toBe(404);
    expect((await create({ project_id: projectId })).status).toBe(404);
    expect((await clientOf(own.viewer).post('/chat/sessions')).status).toBe(403);
  });
});

describe('messages', () => {
  it('are listed oldest first, by pages or from a cursor on', async () => {
    const { client } = await signIn();
    const { body: session } = await client.post('/chat/sessions');
    for (const message of ['one', 'two']) await say(client, session.id, message);
    const path = `/chat/sessions/${session.id}/messages`;
    const { body: all } = await client.get(path);
    expect(contentsOf(all)).toEqual(['one', 're: one', 'two', 're: two']);
    expect(all).toMatchObject({ total: 4, next_cursor: null });
    expect(all.items[0]).toMatchObject({ role: 'user', status: 'complete', model: null });
    const { body: first } = await client.get(`${path}?page_size=3`);
    const { body: rest } = await client.get(`${path}?page_size=3&cursor=${first.next_cursor}`);
    expect(contentsOf(rest)).toEqual(['re: two']);
    expect(rest.next_cursor).toBeNull();
    const { body: newest } = await client.get(`${path}?sort=-created_at&page_size=1`);
    expect(contentsOf(newest)).toEqual(['re: two']);
    const { body: nothing } = await client.get(`${path}?cursor=${newId<MessageId>()}`);
    expect(nothing.items).toEqual([]);
  });

  it('can be deleted, and the session stays', async () => {
    const { client } = await signIn();
    const { body: session } = await client.post('/chat/sessions');
    await say(client, session.id, 'one');
    const path = `/chat/sessions/${session.id}/messages`;
    expect((await client.call('DELETE', path)).status).toBe(204);
    expect((await client.get(path)).body).toMatchObject({ items: [], total: 0 });
    expect((await client.get(`/chat/sessions/${session.id}`)).status).toBe(200);
  });
});
