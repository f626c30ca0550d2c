import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '#test/client';
import { createSecretIssuer, startIssuer, type TestIssuer, type TokenChanges } from '#test/issuer';
import { startTestService, type TestService } from '#test/service';
import { createWebhookSender } from '#test/webhooks';

const CLERK_SECRET = 'whsec_Y2xlcmstc2VjcmV0LW9mLXRoZS10ZXN0cw==';
const SUPABASE_SECRET = 'whsec_c3VwYWJhc2Utc2VjcmV0LW9mLXRoZS10ZXN0cw==';
const PAGE = 'https://app.example.com';

let clerk: TestIssuer;
let supabase: TestIssuer;
let test: TestService;
let fromClerk: ReturnType<typeof createWebhookSender>;
let fromSupabase: ReturnType<typeof createWebhookSender>;

beforeAll(async () => {
  [clerk, supabase] = await Promise.all([startIssuer('RS256'), startIssuer('ES256')]);
  test = await startTestService({
    AUTH_ISSUERS: JSON.stringify([
      { preset: 'clerk', frontend_api: clerk.issuer, authorized_parties: [PAGE] },
      { preset: 'supabase', project_url: supabase.issuer },
    ]),
    SSRF_ALLOW_HOSTS: `${clerk.host},${supabase.host}`,
    CLERK_WEBHOOK_SECRET: CLERK_SECRET,
    SUPABASE_WEBHOOK_SECRET: `v1,${SUPABASE_SECRET}`,
  });
  const at = (provider: string) => `${test.baseUrl}/api/v1/webhooks/${provider}`;
  fromClerk = createWebhookSender(at('clerk'), { secret: CLERK_SECRET, brand: 'svix' });
  fromSupabase = createWebhookSender(at('supabase'), { secret: SUPABASE_SECRET, brand: 'webhook' });
});
afterAll(async () => {
  await test.close();
  await Promise.all([clerk.close(), supabase.close()]);
});

type ClerkUser = {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
  readonly at?: number;
};

function clerkEvent(type: string, { id, email, name, at = Date.now() }: ClerkUser) {
  const addresses = email
    ? [{ id: 'idn_1', email_address: email, verification: { status: 'verified' } }]
    : [];
  const data = {
    id,
    first_name: name ?? null,
    email_addresses: addresses,
    primary_email_address_id: email ? 'idn_1' : null,
    updated_at: at,
  };
  const isDeletion = type === 'user.deleted';
  return { type, object: 'event', timestamp: at, data: isDeletion ? { id, deleted: true } : data };
}

const newClerkUser = () => ({ id: `user_${randomUUID()}`, email: `${randomUUID()}@example.com` });
const meAs = async (token: string) => createClient(test.baseUrl, token).get('/users/me');
const clerkToken = (id: string, changes: TokenChanges = {}) =>
  clerk.sign(id, { without: ['aud'], ...changes, claims: { azp: PAGE, ...changes.claims } });
const supabaseToken = (id: string) =>
  supabase.sign(id, { claims: { iss: `${supabase.issuer}/auth/v1`, aud: 'authenticated' } });

async function query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await test.database.pool.query<Row>(text, values)).rows;
}

const usersOf = (subject: string) =>
  query<{ email: string | null; first_name: string | null; is_active: boolean }>(
    `select u.email, u.first_name, u.is_active from users u
     join identities i on i.user_id = u.id where i.subject = $1`,
    [subject],
  );
const countEvents = async () =>
  (await query<{ count: number }>('select count(*)::int as count from webhook_events'))[0]?.count;

async function settled(
  eventId: string,
): Promise<{ status: string; payload: unknown; error: string | null }> {
  const events = () =>
    query<{ status: string; payload: unknown; error: string | null }>(
      'select status, payload, error from webhook_events where event_id = $1',
      [eventId],
    );
  await expect
    .poll(async () => (await events())[0]?.status, { timeout: 20_000 })
    .not.toBe('pending');
  const [event] = await events();
  if (!event) throw new Error('the event is not there');
  return event;
}

async function deliver(sender: typeof fromClerk, payload: unknown) {
  const eventId = `msg_${randomUUID()}`;
  expect(await sender.send(payload, { eventId })).toEqual({
    status: 200,
    body: { received: true },
  });
  return settled(eventId);
}

describe('an event about a user', () => {
  it('makes the user, who then signs in with a token of the issuer', async () => {
    const user = newClerkUser();
    const event = await deliver(fromClerk, clerkEvent('user.created', { ...user, name: 'Ada' }));
    expect(event).toEqual({ status: 'processed', payload: null, error: null });
    const { status, body } = await meAs(await clerkToken(user.id));
    expect(status).toBe(200);
    expect(body).toMatchObject({ email: user.email, first_name: 'Ada', role: 'user' });
    expect(await usersOf(user.id)).toHaveLength(1);
  });

  it('tells of a user whose token came first', async () => {
    const user = newClerkUser();
    expect((await meAs(await clerkToken(user.id))).body.email).toBeNull();
    const before = Date.now() - 60_000;
    await deliver(fromClerk, clerkEvent('user.created', { ...user, at: before }));
    expect(await usersOf(user.id)).toMatchObject([{ email: user.email }]);
  });

  it('changes nothing when it is older than what is known', async () => {
    const user = newClerkUser();
    const now = Date.now();
    const said = (name: string, at: number) => clerkEvent('user.updated', { ...user, name, at });
    await deliver(fromClerk, said('Newer', now));
    await deliver(fromClerk, said('Older', now - 1000));
    expect(await usersOf(user.id)).toMatchObject([{ first_name: 'Newer' }]);
    await deliver(fromClerk, said('Newest', now + 1000));
    expect(await usersOf(user.id)).toMatchObject([{ first_name: 'Newest' }]);
  });

  it('erases the user who is deleted, and neither a late event nor an old token brings them back', async () => {
    const user = newClerkUser();
    const now = Date.now();
    await deliver(fromClerk, clerkEvent('user.created', { ...user, at: now - 5000 }));
    const token = await clerkToken(user.id);
    expect((await meAs(token)).status).toBe(200);
    await deliver(fromClerk, clerkEvent('user.deleted', { ...user, at: now + 1000 }));
    expect([401, 403]).toContain((await meAs(token)).status);
    await expect.poll(() => usersOf(user.id), { timeout: 20_000 }).toEqual([]);
    await deliver(fromClerk, clerkEvent('user.updated', { ...user, at: now - 1000 }));
    expect(await usersOf(user.id)).toEqual([]);
    await expect.poll(async () => (await meAs(token)).status, { timeout: 10_000 }).toBe(401);
    expect(await query('select 1 from users where email = $1', [user.email])).toEqual([]);
  });

  it('that is deleted before it was created stays away', async () => {
    const user = newClerkUser();
    await deliver(fromClerk, clerkEvent('user.deleted', user));
    await deliver(fromClerk, clerkEvent('user.created', { ...user, at: Date.now() - 60_000 }));
    expect(await usersOf(user.id)).toEqual([]);
  });

  it('comes from Supabase as a message, as a change of a row, or as a hook', async () => {
    const id = randomUUID();
    const email = `${id}@example.com`;
    const confirmed = { id, email, email_confirmed_at: new Date().toISOString() };
    const metadata = { name: 'before-user-created', time: new Date(Date.now() - 3000) };
    const change = { schema: 'auth', table: 'users', old_record: null };
    await deliver(fromSupabase, { metadata, user: { id, email } });
    expect(await usersOf(id)).toMatchObject([{ email: null }]);
    const record = { ...confirmed, updated_at: new Date(Date.now() - 2000).toISOString() };
    await deliver(fromSupabase, { type: 'INSERT', ...change, record });
    expect(await usersOf(id)).toMatchObject([{ email }]);
    expect((await meAs(await supabaseToken(id))).body).toMatchObject({ email });
    const named = { ...confirmed, user_metadata: { first_name: 'Grace' } };
    await deliver(fromSupabase, { type: 'user.updated', timestamp: new Date(), data: named });
    expect(await usersOf(id)).toMatchObject([{ email, first_name: 'Grace' }]);
    await deliver(fromSupabase, { type: 'DELETE', ...change, record: null, old_record: { id } });
    await expect.poll(() => usersOf(id), { timeout: 20_000 }).toEqual([]);
  });
});

describe('a delivery', () => {
  it('is processed once, though it comes twenty times at once and again later', async () => {
    const user = newClerkUser();
    const eventId = `msg_${randomUUID()}`;
    const event = clerkEvent('user.created', user);
    const before = (await countEvents()) ?? 0;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fromClerk.send(event, { eventId })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await settled(eventId);
    expect((await fromClerk.send(event, { eventId })).status).toBe(200);
    expect(await countEvents()).toBe(before + 1);
    expect(await usersOf(user.id)).toHaveLength(1);
  });

  it('is refused with a signature that does not fit, and leaves nothing', async () => {
    const before = await countEvents();
    const text = JSON.stringify(clerkEvent('user.created', newClerkUser()));
    const stranger = createWebhookSender(`${test.baseUrl}/api/v1/webhooks/clerk`, {
      secret: SUPABASE_SECRET,
      brand: 'svix',
    });
    const refused = [
      stranger.send(text),
      fromClerk.send(text, { body: text.replace('user.created', 'user.deleted') }),
      fromClerk.send(text, { body: JSON.stringify(JSON.parse(text), null, 1) }),
      fromClerk.send(text, { sentAt: new Date(Date.now() - 301_000) }),
      fromClerk.send(text, { sentAt: new Date(Date.now() + 310_000) }),
      fromClerk.send(text, { headers: { 'svix-signature': '' } }),
      fromClerk.send(text, { headers: { 'svix-signature': 'v0,abc' } }),
      fromClerk.send(text, { headers: { 'svix-timestamp': 'soon' } }),
    ];
    for (const answer of await Promise.all(refused)) {
      expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    }
    expect(await countEvents()).toBe(before);
  });

  it('is taken with two signatures of which one fits', async () => {
    const eventId = `msg_${randomUUID()}`;
    const text = JSON.stringify(clerkEvent('user.created', newClerkUser()));
    const signatures = `v1,AAAA ${fromClerk.sign(eventId, text)}`;
    const headers = { 'svix-signature': signatures };
    expect((await fromClerk.send(text, { eventId, headers })).status).toBe(200);
  });

  it('that nobody here understands is parked, with the reason', async () => {
    const payload = { type: 'session.created', data: { id: 'sess_1' } };
    await expect(deliver(fromClerk, payload)).resolves.toEqual({
      status: 'parked',
      payload,
      error: 'not an event about a user',
    });
    const response = await fetch(`${test.baseUrl}/metrics`);
    expect(await response.text()).toContain(
      'webhook_events_total{provider="clerk",type="session.created",status="parked"} 1',
    );
  });

  it('over a megabyte is refused', async () => {
    const answer = await fromClerk.send({ type: 'x', padding: 'x'.repeat(1_100_000) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
  });

  it('is answered by the name of the setting where there is no secret', async () => {
    const bare = await startTestService();
    for (const [provider, setting] of [
      ['clerk', 'CLERK_WEBHOOK_SECRET'],
      ['supabase', 'SUPABASE_WEBHOOK_SECRET'],
    ] as const) {
      const url = `${bare.baseUrl}/api/v1/webhooks/${provider}`;
      const { status, body } = await createWebhookSender(url, {
        secret: CLERK_SECRET,
        brand: 'svix',
      }).send({});
      expect({ status, details: body.details }).toEqual({ status: 503, details: { setting } });
    }
    await bare.close();
  });
});

describe('where registration is closed', () => {
  it.each([
    ['closed', 'registration_closed'],
    ['invite', 'registration_by_invitation'],
  ])('neither a token nor an event makes a user (%s)', async (mode, reason) => {
    const issuer = createSecretIssuer(
      'https://shared.example',
      'a-secret-that-only-the-two-know-of',
    );
    const closed = await startTestService({
      AUTH_ISSUERS: JSON.stringify([issuer.setting]),
      CLERK_WEBHOOK_SECRET: CLERK_SECRET,
      REGISTRATION: mode,
    });
    const url = `${closed.baseUrl}/api/v1/webhooks/clerk`;
    const sender = createWebhookSender(url, { secret: CLERK_SECRET, brand: 'svix' });
    const user = newClerkUser();
    expect((await sender.send(clerkEvent('user.created', user))).status).toBe(200);
    const stored = () =>
      closed.database.pool.query<{ status: string }>('select status from webhook_events');
    await expect
      .poll(async () => (await stored()).rows, { timeout: 20_000 })
      .toEqual([{ status: 'processed' }]);
    const visitor = createClient(closed.baseUrl, await issuer.sign(user.id));
    expect(await visitor.get('/users/me')).toMatchObject({ status: 403, body: { reason } });
    expect((await closed.database.pool.query('select 1 from users')).rows).toEqual([]);
    await closed.close();
  });
});

describe('a token of Clerk', () => {
  it('is taken from the page it was made for, and from no other', async () => {
    const { id } = newClerkUser();
    expect((await meAs(await clerkToken(id))).status).toBe(200);
    const azp = 'https://evil.example';
    expect((await meAs(await clerkToken(id, { claims: { azp } }))).status).toBe(401);
    expect((await meAs(await clerkToken(id, { without: ['aud', 'azp'] }))).status).toBe(401);
  });
});
