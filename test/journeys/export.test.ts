import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TeamId, UserId } from '#shared/ids';
import { findMentions } from '#test/catalogue';
import { createClient, signUp, uploadAndWait } from '#test/client';
import { seedPerson, type SeededPerson } from '#test/person-seeds';
import { readArchive } from '#test/read-archive';
import { startTestService, type TestService } from '#test/service';
import { buildActor } from '#test/http-app';

const PATH = '/users/me/export';
const MEBIBYTE = 1_048_576;
const LARGE_FILES = 4;
const LARGE_FILE_BYTES = 24 * MEBIBYTE;

let test: TestService;

beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

describe('an export', () => {
  it('has everything of the user, and nothing of anybody else', async () => {
    const [person, stranger] = [await seedPerson(test, 'canaryone'), await signUp(test.baseUrl)];
    const { id: theirs } = (await stranger.client.post('/projects', { name: 'Not yours' })).body;
    await uploadAndWait(stranger.client, theirs, { name: 'x.txt', content: 'somebody else' });

    const response = await person.client.request('GET', PATH);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/zip');
    const archive = await readArchive(Buffer.from(await response.arrayBuffer()));

    const [file, uploaded] = linesOf(archive, 'files');
    expect([...archive.keys()].toSorted()).toEqual(
      [
        'activity.jsonl',
        'api-keys.jsonl',
        'auth-sessions.jsonl',
        'conversation-items.jsonl',
        'conversations.jsonl',
        'documents.jsonl',
        'files.jsonl',
        file.path,
        uploaded.path,
        'identities.jsonl',
        'invitations.jsonl',
        'memories.jsonl',
        'message-feedback.jsonl',
        'messages.jsonl',
        'projects.jsonl',
        'responses.jsonl',
        'sessions.jsonl',
        'store-items.jsonl',
        'teams.jsonl',
        'usage-records.jsonl',
        'user.jsonl',
      ].toSorted(),
    );
    expect(linesOf(archive, 'user')).toMatchObject([{ id: person.userId, email: person.email }]);
    expect(linesOf(archive, 'teams')).toMatchObject([{ name: 'Personal', role: 'owner' }]);
    expect(linesOf(archive, 'projects').map(({ name }) => name)).toEqual([
      'About canaryone',
      'canaryone',
    ]);
    expect(linesOf(archive, 'documents')).toMatchObject([{ title: 'canaryone.txt' }]);
    expect(archive.get(file.path)).toBe('canaryone is the word of this paper');
    expect(linesOf(archive, 'messages').map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(linesOf(archive, 'message-feedback')).toMatchObject([
      { score: 1, comment: 'canaryone' },
    ]);
    expect(linesOf(archive, 'activity')[0]).toMatchObject({ action: 'account.exported' });
    const everything = [...archive.values()].join('\n');
    for (const foreign of [stranger.email, stranger.user.id, 'Not yours', 'somebody else'])
      expect(everything).not.toContain(foreign);
    await expectNoSecrets(person, everything);
  });

  it('is for people in person: without signing in, and with a key, there is none', async () => {
    const { client } = await signUp(test.baseUrl);
    const { key } = (await client.post('/api-keys', { name: 'Program', scopes: ['read'] })).body;
    for (const token of [undefined, key])
      expect((await createClient(test.baseUrl, token).get(PATH)).status).toBe(401);
  });
});

describe('the export of a large account', () => {
  let token: string;
  let userId: string;

  beforeAll(async () => {
    const { login, user } = await signUp(test.baseUrl);
    [token, userId] = [login.access_token, user.id];
    await addLargeFiles(userId);
  });

  it('waits for a slow reader, and does not begin twice meanwhile', async () => {
    const slow = await open();
    await expect.poll(countOpenBlobs).toBe(1);
    const first = await listOpenBlobs();
    const second = await createClient(test.baseUrl, token).get(PATH);
    expect(second).toMatchObject({ status: 409, body: { reason: 'export.in_progress' } });

    // What the sockets hold is less than a file, so the first stays open until somebody reads.
    expect(await listOpenBlobs()).toEqual(first);
    let bytes = 0;
    for await (const piece of slow) bytes += piece.length;
    expect(bytes).toBeGreaterThan(LARGE_FILES * LARGE_FILE_BYTES);
    await expect.poll(countLeases).toBe(0);
    expect(await countOpenBlobs()).toBe(0);
  });

  it('ends with its connection, and leaves nothing open', async () => {
    const cut = await open();
    await expect.poll(countOpenBlobs).toBe(1);
    cut.destroy();
    await expect.poll(countLeases).toBe(0);
    await expect.poll(countOpenBlobs).toBe(0);
    const again = await open();
    expect(again.statusCode).toBe(200);
    again.destroy();
    await expect.poll(countLeases).toBe(0);
  });

  function open(): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      get(`${test.baseUrl}/api/v1${PATH}`, { headers }, resolve).on('error', reject);
    });
  }

  async function countLeases(): Promise<number> {
    const rows = await test.database
      .unscoped()
      .selectFrom('user_exports')
      .select('id')
      .where('user_id', '=', userId)
      .execute();
    return rows.length;
  }
});

async function addLargeFiles(userId: string): Promise<void> {
  const { files } = test.service.modules.files;
  const queries = test.database.forSystem();
  const owner = await queries
    .selectFrom('teams')
    .select(['id as teamId', 'personal_user_id as userId'])
    .where('personal_user_id', '=', userId)
    .$castTo<{ readonly teamId: TeamId; readonly userId: UserId }>()
    .executeTakeFirstOrThrow();
  const actor = buildActor(owner);
  const rules = { maxBytes: LARGE_FILE_BYTES, detectType: async () => 'application/octet-stream' };
  for (let number = 0; number < LARGE_FILES; number += 1) {
    const content = Readable.from([randomBytes(LARGE_FILE_BYTES)]);
    const input = { ...rules, name: `${number}.bin`, content };
    const stored = await files.store(actor, input, new AbortController().signal);
    await files.within(queries).insert(stored);
  }
}

/** Files of the storage that this process, and so the service in it, has open. */
async function listOpenBlobs(): Promise<readonly string[]> {
  const handles = await readdir('/proc/self/fd');
  const targets = await Promise.all(
    handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')),
  );
  return targets.filter((target) => /groundwork-test-.*\/files\//.test(target));
}

async function countOpenBlobs(): Promise<number> {
  return (await listOpenBlobs()).length;
}

function linesOf(archive: ReadonlyMap<string, string>, kind: string) {
  const lines = (archive.get(`${kind}.jsonl`) ?? '').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Whatever the database has of the user as a hash or a token. */
async function expectNoSecrets(person: SeededPerson, archive: string): Promise<void> {
  const rows = await findMentions(test.database, person.everything);
  const secrets = rows.flatMap(
    ({ row }) => row.match(/\$argon2id\$[^",)]+|\\\\x[\da-f]{64}/g) ?? [],
  );
  expect(secrets.length).toBeGreaterThan(2);
  for (const secret of secrets) expect(archive).not.toContain(secret.replace(/^\\+x/, ''));
}
