import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClient } from '#test/client';
import { createSecretIssuer } from '#test/issuer';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';
import { createWebhookSender } from '#test/webhooks';

const SECRET = 'whsec_Y2xlcmstc2VjcmV0LW9mLXRoZS10ZXN0cw==';
const issuer = createSecretIssuer('https://shared.example', 'a-secret-that-only-the-two-know-of');

let dataDir: string;
let database: ProcessDatabase;
let server: ServerProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-webhook-crash-'));
  database = await createProcessDatabase();
  server = await start();
});
afterEach(async () => {
  await server.kill();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

function start(): Promise<ServerProcess> {
  const settings = {
    AUTH_ISSUERS: JSON.stringify([issuer.setting]),
    CLERK_WEBHOOK_SECRET: SECRET,
    ...database.settings,
  };
  return startServerProcess({ dataDir, settings });
}

it('processes what was acknowledged just before the process was killed', async () => {
  const subjects = Array.from({ length: 5 }, () => `user_${randomUUID()}`);
  const url = `${server.baseUrl}/api/v1/webhooks/clerk`;
  const sender = createWebhookSender(url, { secret: SECRET, brand: 'svix' });
  const answers = await Promise.all(
    subjects.map((id) =>
      sender.send({
        type: 'user.created',
        data: { id, email_addresses: [{ email_address: `${id}@example.com` }] },
      }),
    ),
  );
  await server.kill();
  expect(answers.map(({ status }) => status)).toEqual(subjects.map(() => 200));

  server = await start();
  for (const id of subjects) {
    const client = createClient(server.baseUrl, await issuer.sign(id));
    await expect
      .poll(async () => (await client.get('/users/me')).body.email, { timeout: 60_000 })
      .toBe(`${id}@example.com`);
  }
});
