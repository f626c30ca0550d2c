import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildToolContext } from '../../src/modules/agents/testing/tool-context.ts';
import { createSecretBox } from '#platform/secrets/secret-box';
import { signUp, type Client, type Json } from '#test/client';
import { buildActor } from '#test/http-app';
import { startMcpServer, type TestMcpServer } from '#test/mcp-server';
import { startTestService, type TestService } from '#test/service';

const OLD_SECRET = 'an-old-key-of-more-than-32-characters-1';
const NEW_SECRET = 'a-new-key-of-more-than-32-characters-22';
const TOKEN = 'token-of-the-notes';

let notes: TestMcpServer;
let test: TestService;
let client: Client;
let me: Json;
let project: Json;
let path: string;

beforeAll(async () => {
  notes = await startMcpServer(TOKEN);
  test = await startTestService({
    SSRF_ALLOW_HOSTS: `${notes.host},127.0.0.1:9`,
    ENCRYPTION_KEY: `${NEW_SECRET},${OLD_SECRET}`,
    LOG_LEVEL: 'error',
  });
  ({ client, user: me } = await signUp(test.baseUrl));
  project = (await client.post('/projects', { name: 'Notes' })).body;
  path = `/projects/${project.id}/mcp-servers`;
});
afterAll(async () => {
  await test.close();
  await notes.close();
});

const headers = { authorization: `Bearer ${TOKEN}` };

function open(names: readonly string[]) {
  const actor = buildActor({ userId: me.id, teamId: project.team_id });
  return test.service.modules.agents.toolSource.list({ actor, projectId: project.id }, names);
}

describe('an MCP server of a project', () => {
  it('brings its tools to an agent, beside our own, and they are called', async () => {
    const body = { name: 'notes', url: notes.url, headers, approvals: ['fail'] };
    const created = await client.post(path, body);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ header_names: ['authorization'], approvals: ['fail'] });
    expect(JSON.stringify(created.body)).not.toContain(TOKEN);
    const tested = await client.post(`${path}/${created.body.id}/test`);
    expect(tested.body.tools.map(({ name }: Json) => name)).toEqual(['find-note', 'fail', 'flood']);

    const { tools, close } = await open(['mcp:notes', 'calculator']);
    const byName = new Map(tools.map((tool) => [tool.name, tool]));
    expect([...byName.keys()]).toEqual([
      'calculator',
      'notes__find-note',
      'notes__fail',
      'notes__flood',
    ]);
    expect(byName.get('notes__find-note')).toMatchObject({
      needsApproval: false,
      touches: ['mcp'],
      parameters: { type: 'object', required: ['about'] },
    });
    expect(byName.get('notes__fail')?.needsApproval).toBe(true);
    const call = (name: string, input: unknown) =>
      byName.get(name)?.run(input, buildToolContext({ projectId: project.id }));
    expect(await call('notes__find-note', { about: 'owls' })).toEqual({
      text: 'The note about owls',
      isError: false,
    });
    expect(await call('notes__fail', {})).toEqual({ text: 'no such note', isError: true });
    expect(await call('notes__find-note', { about: 7 })).toMatchObject({ isError: true });
    expect(await call('notes__find-note', 'owls')).toMatchObject({ isError: true });
    expect((await call('notes__flood', {}))?.text.length).toBeLessThan(33_000);
    await close();
  });

  it('costs an answer its tools and nothing else while it is down, or refuses us', async () => {
    await client.post(path, { name: 'down', url: 'http://127.0.0.1:9/mcp' });
    const refusing = (await client.post(path, { name: 'refusing', url: notes.url })).body;
    const { tools, close } = await open(['mcp:down', 'mcp:refusing', 'mcp:unknown', 'calculator']);
    expect(tools.map(({ name }) => name)).toEqual(['calculator']);
    await close();
    const { status, body } = await client.post(`${path}/${refusing.id}/test`);
    expect([status, body.reason]).toEqual([502, 'mcp.failed']);
  });

  it('is asked for nothing once it is disabled, or gone', async () => {
    const body = { name: 'off', url: notes.url, headers, enabled: false };
    const { id } = (await client.post(path, body)).body;
    const before = notes.calls();
    expect((await open(['mcp:off'])).tools).toEqual([]);
    await client.call('PATCH', `${path}/${id}`, { enabled: true });
    const opened = await open(['mcp:off']);
    expect(opened.tools).toHaveLength(3);
    // A server waits for a human unless somebody said otherwise.
    expect(opened.tools.every(({ needsApproval }) => needsApproval)).toBe(true);
    await opened.close();
    expect(notes.calls()).toBeGreaterThan(before);
    expect((await client.call('DELETE', `${path}/${id}`)).status).toBe(204);
    expect((await open(['mcp:off'])).tools).toEqual([]);
  });

  it('takes no secrets along to another address', async () => {
    const { id } = (await client.post(path, { name: 'moving', url: notes.url, headers })).body;
    const moved = await client.call('PATCH', `${path}/${id}`, { url: `${notes.url}/other` });
    expect(moved.body).toMatchObject({ header_names: [] });
  });

  it('keeps its headers when the old one of two encryption keys is taken away', async () => {
    const { id } = (await client.post(path, { name: 'kept', url: notes.url })).body;
    const place = { table: 'mcp_servers', teamId: project.team_id, rowId: id };
    const seal = async (passphrase: string) => {
      const sealed = createSecretBox([passphrase]).seal(JSON.stringify(headers), place);
      await sql`update mcp_servers set sealed_headers = ${sealed} where id = ${id}`.execute(
        test.database.forSystem(),
      );
    };
    const { secrets } = test.service.modules;
    await seal(OLD_SECRET);
    expect(await secrets.resealAll()).toEqual({ resealed: 1, unreadable: 0 });
    expect(await secrets.resealAll()).toEqual({ resealed: 0, unreadable: 0 });
    const { sealed_headers: sealed } = await test.database
      .forSystem()
      .selectFrom('mcp_servers')
      .select('sealed_headers')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(createSecretBox([NEW_SECRET]).open(sealed, place))).toEqual(headers);
    expect((await client.post(`${path}/${id}/test`)).status).toBe(200);

    await seal(`${OLD_SECRET}-that-is-lost`);
    expect(await secrets.resealAll()).toEqual({ resealed: 0, unreadable: 1 });
    await secrets.reportUnreadable();
    expect(test.logged()).toMatch(/"setting":"ENCRYPTION_KEY","unreadable":1/);
    expect((await client.call('DELETE', `${path}/${id}`)).status).toBe(204);
  });

  it.each(['http://127.0.0.1:1/', 'http://169.254.169.254/', 'file:///etc/passwd'])(
    'is never at %s',
    async (url) => {
      const { status, body } = await client.post(path, { name: 'inside', url });
      expect([status, body.reason]).toEqual([422, 'url_not_allowed']);
    },
  );

  it('leaves entries of its changes, without secrets', async () => {
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['action', 'after'])
      .where('action', 'like', 'mcp_server.%')
      .execute();
    const actions = new Set(entries.map(({ action }) => action));
    expect([...actions].toSorted()).toEqual([
      'mcp_server.created',
      'mcp_server.deleted',
      'mcp_server.updated',
    ]);
    expect(JSON.stringify(entries)).not.toContain(TOKEN);
  });
});
