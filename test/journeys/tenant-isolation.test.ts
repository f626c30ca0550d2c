import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyFixtures, createBelongings, pathFixtures, type Belongings } from '#test/belongings';
import { createClient, signUp, type Answer, type Client } from '#test/client';
import { createSecretIssuer } from '#test/issuer';
import { listOperations, type Operation } from '#test/openapi-operations';
import { readBelongings } from '#test/read-belongings';
import { startTestService, type TestService } from '#test/service';

const issuer = createSecretIssuer('https://issuer.example', 'a-secret-that-only-the-two-know-of');
const KINDS = ['access token', 'cookie', 'API key', 'external token'] as const;
type Kind = (typeof KINDS)[number];

/** For whoever knows the id, which is told to one person alone; or not a tenant's, but the operators' own. */
const NOT_OF_A_TENANT = new Set([
  'getErasure',
  'getInvitation',
  'acceptInvitation',
  'getModel',
  'createCatalogueModel',
  'getCatalogueModel',
  'updateCatalogueModel',
  'deleteCatalogueModel',
  'getFeatureFlag',
  'updateFeatureFlag',
  'deleteFeatureFlag',
  'getJob',
  'retryJob',
  'cancelJob',
  // A name of the caller's own choosing, which is nobody else's.
  'createLangGraphThread',
  // There is one graph for all.
  'searchLangGraphAssistants',
  'countLangGraphAssistants',
  'retryFailedDocuments',
]);
/** Somebody whom another issuer signs in has no session here. */
const OF_OUR_SESSIONS = new Set(['deleteAuthSession']);
const UUIDS = /[0-9a-f]{8}(?:-[0-9a-f]{4,}){4}/g;
/** Paths that take a file, and the name of the part that it is. */
const UPLOADS: ReadonlyMap<string, string> = new Map([
  ['/projects/{id}/documents', 'file'],
  ['/v1/uploads/{upload_id}/parts', 'data'],
]);
const covered = new Set<string>();

let test: TestService;
let victim: Client;
let ids: Belongings;
let strangers: Readonly<Record<Kind, Client>>;
let operations: readonly Operation[];

beforeAll(async () => {
  test = await startTestService({ AUTH_ISSUERS: JSON.stringify([issuer.setting]) });
  victim = (await signUp(test.baseUrl)).client;
  ids = await createBelongings(victim);
  strangers = await signInEachWay(test.baseUrl);
  operations = await listOperations(test.baseUrl);
});
afterAll(async () => {
  const tried = `${covered.size} operations are tried on another tenant`;
  process.stdout.write(`${tried}, each with ${KINDS.length} kinds of credentials\n`);
  await test.close();
});

const withPathIds = () =>
  operations.filter(
    ({ path, operationId }) => path.includes('{') && !NOT_OF_A_TENANT.has(operationId),
  );

it('has a fixture for every operation that takes an id', () => {
  const known = { ...pathFixtures(ids), ...bodyFixtures(ids) };
  const takingIds = operations.filter(({ operationId, path, body }) => {
    const inBody = Object.keys(body?.properties ?? {}).some((name) => name.endsWith('_id'));
    return !NOT_OF_A_TENANT.has(operationId) && (path.includes('{') || inBody);
  });
  const missing = takingIds.filter(({ operationId }) => !(operationId in known));
  expect(missing.map(({ operationId }) => operationId)).toEqual([]);
});

describe.each(KINDS)('another tenant, signed in by %s,', (kind) => {
  const stranger = () => strangers[kind];

  it('gets the answer of a random id for every id in a path, and changes nothing', async () => {
    const before = await readBelongings(victim, ids);
    for (const operation of withPathIds()) {
      const { params, body } = fixtureOf(operation);
      const random = atRandom(params);
      const foreign = await tryPath(stranger(), operation, { params, body });
      const unknown = await tryPath(stranger(), operation, { params: random, body });
      expect.soft(foreign, operation.operationId).toEqual(unknown);
      expect.soft(foreign.status, operation.operationId).toBe(refusalOf(operation, kind));
      covered.add(operation.operationId);
    }
    expect(await readBelongings(victim, ids)).toEqual(before);
  });

  it('gets the answer of a random id for every id in a body, and changes nothing', async () => {
    const before = await readBelongings(victim, ids);
    for (const [operationId, body] of Object.entries(bodyFixtures(ids))) {
      const operation = operations.find((candidate) => candidate.operationId === operationId);
      if (!operation) throw new Error(`no operation ${operationId}`);
      const foreign = await tryBody(stranger(), operation, body);
      expect.soft(foreign.status, operationId).toBe(404);
      expect
        .soft(foreign, operationId)
        .toEqual(await tryBody(stranger(), operation, atRandom(body)));
      covered.add(operationId);
    }
    expect(await readBelongings(victim, ids)).toEqual(before);
  });

  it('cannot act for the team, whatever it asks for', async () => {
    const before = await readBelongings(victim, ids);
    for (const operation of operations.filter(isSignedIn)) {
      const foreign = await tryTeam(stranger(), operation, ids.teamId);
      const unknown = await tryTeam(stranger(), operation, randomUUID());
      expect.soft(foreign, operation.operationId).toEqual(unknown);
      expect.soft([401, 403, 404], operation.operationId).toContain(foreign.status);
      covered.add(operation.operationId);
    }
    expect(await readBelongings(victim, ids)).toEqual(before);
  });

  it('is let in where the id is its own, so that the refusals above mean something', async () => {
    const { status, body } = await stranger().post('/projects', { name: 'Own' });
    expect(status).toBe(201);
    expect((await stranger().get(`/projects/${body.id}`)).status).toBe(200);
    const nested = `/projects/${body.id}/documents/${ids.documentId}`;
    expect((await stranger().get(nested)).status).toBe(404);
  });
});

it('refuses every operation with an id to somebody who is not signed in', async () => {
  const visitor = createClient(test.baseUrl);
  for (const { method, path } of withPathIds()) {
    const response = await visitor.request(method, path.replaceAll(/\{\w+\}/g, randomUUID()));
    expect.soft(response.status, `${method} ${path}`).toBe(401);
  }
});

async function signInEachWay(baseUrl: string): Promise<Readonly<Record<Kind, Client>>> {
  const [byToken, byCookie, byKey] = [
    await signUp(baseUrl),
    await signUp(baseUrl),
    await signUp(baseUrl),
  ];
  const scopes = ['read', 'write'];
  const { key } = (await byKey.client.post('/api-keys', { name: 'Key', scopes })).body;
  return {
    'access token': byToken.client,
    cookie: createClient(baseUrl, { cookie: `access_token=${byCookie.login.access_token}` }),
    'API key': createClient(baseUrl, { 'x-api-key': key }),
    'external token': createClient(baseUrl, await issuer.sign(randomUUID())),
  };
}

function fixtureOf({ operationId }: Operation) {
  const fixture = pathFixtures(ids)[operationId];
  if (!fixture) throw new Error(`no fixture for ${operationId}`);
  return fixture;
}

/** A key does not open what is for people; what administrators do is closed to all of these. */
function refusalOf({ operationId, path, security }: Operation, kind: Kind): number {
  if (path.startsWith('/admin/')) return 403;
  if (kind === 'external token' && OF_OUR_SESSIONS.has(operationId)) return 401;
  const takesKeys = security.some((scheme) => 'apiKey' in scheme);
  return kind === 'API key' && !takesKeys ? 401 : 404;
}

function isSignedIn({ path, security }: Operation): boolean {
  return path !== '/metrics' && security.length > 0;
}

function tryPath(
  client: Client,
  { method, path }: Operation,
  { params, body }: { params: Readonly<Record<string, string>>; body?: unknown },
) {
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? name);
  const part = method === 'POST' ? UPLOADS.get(path) : undefined;
  const answer = part
    ? client.upload(url, 'a stranger was here', { name: 'note.txt', part })
    : client.call(method, url, body);
  return answer.then((given) => withoutIds(given, Object.values(params)));
}

async function tryBody(client: Client, { method, path }: Operation, body: object) {
  return withoutIds(await client.call(method, path, body), Object.values(body));
}

async function tryTeam(client: Client, { method, path }: Operation, teamId: string) {
  const url = path.replaceAll(/\{\w+\}/g, '01a1fcd7-018f-75c0-aeb3-fe6f09854908');
  const response = await client.request(method, url, { headers: { 'x-team-id': teamId } });
  const body = await response.text();
  return { status: response.status, body: withoutText(body, [teamId]) };
}

/** The same with every id in it another one, whatever the id begins with. */
function atRandom<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(UUIDS, () => randomUUID()));
}

/** What is left of an answer when the ids asked for, and those of the request, are taken out. */
function withoutIds({ status, body }: Answer, named: readonly string[]) {
  return { status, body: withoutText(JSON.stringify(body), named) };
}

function withoutText(text: string, named: readonly string[]): string {
  const allNamed = [...named, ...(JSON.stringify(named).match(UUIDS) ?? [])];
  const rest = allNamed.reduce((left, id) => left.replaceAll(id, 'ID'), text);
  return rest.replaceAll(/"trace_id":"\w+"/g, '');
}
