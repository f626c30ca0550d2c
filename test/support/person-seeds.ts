import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { signUp, uploadAndWait, type Client, type Json } from './client.ts';
import { keepItem } from './langgraph-fixtures.ts';
import { keepMemory } from './memories.ts';
import { respondInConversation } from './openai-fixtures.ts';
import type { TestService } from './service.ts';

export type SeededPerson = {
  readonly client: Client;
  readonly userId: string;
  readonly email: string;
  /** A word that stands in everything they wrote. */
  readonly canary: string;
  /** What stands for the address where that may not be kept. */
  readonly emailHash: string;
  /** A key of theirs, in clear. */
  readonly apiKey: string;
  /** All of the above, and the id of everything that is theirs. */
  readonly everything: readonly string[];
  /** Ids of theirs that the audit log may go on naming, as of things that are gone. */
  readonly inHistory: ReadonlySet<string>;
};

const CACHED_SECONDS = 600;

type Person = Omit<SeededPerson, 'everything' | 'inHistory'> & {
  readonly teamId: string;
  readonly projectId: string;
  readonly fileId: string;
  readonly sessionId: string;
};

/** Somebody with a row in every table: by using the service where that makes one, and by hand where not. */
export async function seedPerson(test: TestService, canary: string): Promise<SeededPerson> {
  const { client, email, user } = await signUp(test.baseUrl);
  const emailHash = hash(email).toString('hex');
  const me = { client, email, emailHash, userId: String(user.id), canary };
  const ids = await useService(test, me);
  const person = { ...me, ...ids };
  for (const seed of [seedAccount, seedAgentState, seedFiles, seedHistory, seedJobs])
    await seed(test, person);
  const sessions = await listAuthSessions(test, me.userId);
  return {
    ...me,
    apiKey: ids.apiKey,
    everything: [me.userId, email, emailHash, canary, ...Object.values(ids), ...sessions],
    inHistory: new Set([
      ids.teamId,
      ids.apiKeyId,
      ids.spendLimitId,
      ids.providerKeyId,
      ids.mcpServerId,
      ...sessions,
    ]),
  };
}

async function useService(
  { baseUrl }: TestService,
  { client, email, canary, userId }: Pick<Person, 'client' | 'email' | 'canary' | 'userId'>,
) {
  await client.call('PATCH', '/users/me', { username: canary, first_name: canary });
  await failToSignIn(baseUrl, email);
  const project = (await post(client, '/projects', { name: `About ${canary}` })).body;
  await post(client, '/projects', { name: canary }, randomUUID());
  const document = await uploadAndWait(client, project.id, {
    name: `${canary}.txt`,
    content: `${canary} is the word of this paper`,
  });
  const file = (await client.upload('/files', `A file of ${canary}`, `${canary}.bin`)).body;
  const begun = { filename: canary, purpose: 'evals', bytes: canary.length, mime_type: 'text/csv' };
  const upload = (await post(client, '/v1/uploads', begun)).body;
  const part = { name: canary, part: 'data' };
  await client.upload(`/v1/uploads/${upload.id}/parts`, canary, part);
  const ofProject = `/projects/${project.id}`;
  const prompt = (await post(client, `${ofProject}/prompts`, { name: 'one', text: canary })).body;
  const told = { name: 'one', instructions: canary };
  const agent = (await post(client, `${ofProject}/agents`, told)).body;
  const mcp = { name: 'one', url: `https://${canary}.example.com/mcp` };
  const mcpServer = (await post(client, `${ofProject}/mcp-servers`, mcp)).body;
  const limit = { scope: 'user', user_id: userId, window: 'month', unit: 'cost', amount: 5 };
  const spendLimit = (await post(client, '/spend-limits', limit)).body;
  const address = { provider: 'litellm', base_url: `https://${canary}.example.com/v1` };
  const providerKey = (await post(client, '/provider-keys', { ...address, key: `sk-${canary}` }))
    .body;
  const chat = { message: `What is ${canary}?`, project_id: project.id };
  const { events } = await client.stream('/chat/stream', chat);
  const [first]: Json[] = await Array.fromAsync(events, ({ data }) => data);
  await post(client, `/chat/messages/${first.message_id}/feedback`, { score: 1, comment: canary });
  await keepMemory(client, `Is called ${canary}`);
  const response = await respondInConversation(client, canary);
  await keepItem(client, canary);
  const key = { name: canary, scopes: ['read'] };
  const apiKey = (await post(client, '/api-keys', key)).body;
  await post(client, '/api-keys', { ...key, kind: 'team' });
  return {
    teamId: String(project.team_id),
    projectId: String(project.id),
    documentId: String(document.id),
    promptId: String(prompt.id),
    agentId: String(agent.id),
    mcpServerId: String(mcpServer.id),
    fileId: String(file.id),
    sessionId: String(first.session_id),
    responseId: String(response.id),
    runId: String(first.run_id),
    spendLimitId: String(spendLimit.id),
    providerKeyId: String(providerKey.id),
    apiKeyId: String(apiKey.id),
    apiKey: String(apiKey.key),
  };
}

function post(client: Client, path: string, body: object, idempotencyKey?: string) {
  return client
    .request('POST', path, {
      headers: {
        'content-type': 'application/json',
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify(body),
    })
    .then(async (response) => ({ body: JSON.parse(await response.text()) }));
}

async function failToSignIn(baseUrl: string, email: string): Promise<void> {
  await fetch(`${baseUrl}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'Wr0ng-password' }),
  });
}

async function seedAccount({ cache, database }: TestService, person: Person): Promise<void> {
  const { userId, email, canary } = person;
  const queries = database.forSystem();
  await queries
    .insertInto('identities')
    .values({
      id: randomUUID(),
      user_id: userId,
      issuer: 'https://issuer.example',
      subject: canary,
      claims: JSON.stringify({ email }),
      claims_at: new Date().toISOString(),
    })
    .execute();
  // As signing in with a token of the issuer leaves it.
  await cache.set(
    `identity:external:${JSON.stringify(['https://issuer.example', canary])}`,
    { userId, profile: { email } },
    CACHED_SECONDS,
  );
  await queries
    .insertInto('user_exports')
    .values({ user_id: userId, id: randomUUID(), locked_until: new Date(0).toISOString() })
    .execute();
  await queries
    .insertInto('team_models')
    .values({
      id: randomUUID(),
      team_id: person.teamId,
      provider: 'litellm',
      name: canary,
      source: 'fine_tuned',
    })
    .execute();
  for (const invited of [email, `guest-of-${canary}@example.com`]) {
    await queries
      .insertInto('invitations')
      .values({
        id: randomUUID(),
        team_id: person.teamId,
        email: invited,
        role: 'member',
        invited_by_id: userId,
        token_hash: hash(invited),
        expires_at: new Date().toISOString(),
      })
      .execute();
  }
  await queries
    .insertInto('feature_flags')
    .values({
      id: randomUUID(),
      name: `flag-${randomUUID()}`,
      rule: JSON.stringify({ users: [userId] }),
    })
    .execute();
  await queries
    .insertInto('webhook_events')
    .values({
      id: randomUUID(),
      provider: 'clerk',
      event_id: randomUUID(),
      type: 'user.updated',
      payload: JSON.stringify({ data: { id: canary, addresses: [email.toUpperCase()] } }),
      status: 'parked',
    })
    .execute();
  const tokens = [
    { purpose: 'email_change', user_id: userId, email: `new-${email}`, former_email: email },
    { purpose: 'registration', user_id: null, email, former_email: null },
  ];
  for (const token of tokens) {
    const id = randomUUID();
    await queries
      .insertInto('one_time_tokens')
      .values({ id, ...token, token_hash: hash(id), expires_at: new Date().toISOString() })
      .execute();
    if (token.purpose !== 'registration') continue;
    await queries
      .insertInto('pending_registrations')
      .values({ one_time_token_id: id, username: canary, password_hash: 'none' })
      .execute();
  }
}

/** What the agent leaves behind when it is interrupted. */
async function seedAgentState({ database }: TestService, person: Person): Promise<void> {
  await sql`
    insert into checkpoint_writes (thread_id, checkpoint_id, task_id, idx, channel, blob)
    values (${person.sessionId}, ${randomUUID()}, ${randomUUID()}, 0, 'question', ${Buffer.from(person.canary)})
  `.execute(database.unscoped());
}

/** What is there while files become documents together. */
async function seedFiles({ database }: TestService, person: Person): Promise<void> {
  const { teamId: team_id, projectId: project_id, fileId: file_id } = person;
  const queries = database.forSystem();
  const batchId = randomUUID();
  await queries
    .insertInto('document_batches')
    .values({ id: batchId, team_id, project_id })
    .execute();
  await queries
    .insertInto('document_batch_files')
    .values({ batch_id: batchId, team_id, file_id, error_reason: 'test', error: person.canary })
    .execute();
}

/** Entries of the person's own acts, and entries of others that name them. */
async function seedHistory({ database }: TestService, person: Person): Promise<void> {
  const { userId, email, canary } = person;
  const entry = { outcome: 'success', ip: '192.0.2.1', trace_id: canary };
  const mentions = { name: canary, email, user_id: userId, role: 'member' };
  const entries = [
    { ...entry, actor_id: userId, action: 'test.renamed', target_type: 'user', target_id: userId },
    { ...entry, actor_id: null, action: 'test.invited', target_type: 'email', target_id: email },
    { ...entry, actor_id: randomUUID(), impersonator_id: userId, action: 'test.acted' },
    { ...entry, actor_id: randomUUID(), action: 'test.added', reason: `by ${email}` },
  ];
  await database
    .unscoped()
    .insertInto('audit_log')
    .values(
      entries.map((values) => ({
        ...values,
        trace_id: null,
        id: randomUUID(),
        before: JSON.stringify({ name: canary }),
        after: JSON.stringify(mentions),
      })),
    )
    .execute();
}

async function seedJobs({ database }: TestService, person: Person): Promise<void> {
  const { userId, email, teamId, canary } = person;
  const jobs = [
    { state: 'created', data: { payload: { userId } }, output: null },
    { state: 'completed', data: { payload: { teamId } }, output: { told: email } },
    { state: 'failed', data: { payload: { teamId } }, output: { reason: `no ${canary}` } },
  ];
  for (const { state, data, output } of jobs) {
    await sql`
      insert into pgboss.job (name, state, data, output, start_after)
      values ('dead-letter', ${state}::pgboss.job_state, ${JSON.stringify(data)}::jsonb,
        ${output && JSON.stringify(output)}::jsonb, now() + interval '1 day')
    `.execute(database.unscoped());
  }
}

async function listAuthSessions({ database }: TestService, userId: string) {
  const rows = await database
    .unscoped()
    .selectFrom('auth_sessions')
    .select('id')
    .where('user_id', '=', userId)
    .execute();
  return rows.map(({ id }) => id);
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
