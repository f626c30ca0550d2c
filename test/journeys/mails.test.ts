import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, TEST_PASSWORD } from '#test/client';
import { startMailServer, type MailServer, type ReceivedMail } from '#test/mail-server';
import { startTestService, type TestService } from '#test/service';

const PUBLIC_URL = 'https://app.example.com';
const NEW_PASSWORD = 'An0ther-battery';
const FROM = { name: 'Groundwork', address: 'no-reply@example.com' };

let mailServer: MailServer;
let test: TestService;
let confirming: TestService;

beforeAll(async () => {
  mailServer = await startMailServer();
  const settings = {
    EMAIL_PROVIDER: 'smtp',
    EMAIL_FROM: `${FROM.name} <${FROM.address}>`,
    SMTP_URL: mailServer.url,
    PUBLIC_URL,
  };
  test = await startTestService(settings);
  confirming = await startTestService({ ...settings, REGISTRATION_CONFIRM: 'true' });
});
afterAll(async () => {
  await test.close();
  await confirming.close();
  await mailServer.close();
});

/** Follows the link of a mail as the page behind it does; the text says the same as the HTML. */
function followLink({ parsed }: ReceivedMail, page: string): string {
  const href = /<a href="([^"]+)">/.exec(parsed.html ?? '')?.[1] ?? '';
  expect(parsed.text).toContain(href);
  expect(parsed.from).toEqual(FROM);
  const link = new URL(href);
  expect(`${link.origin}${link.pathname}`).toBe(`${PUBLIC_URL}${page}`);
  return new URLSearchParams(link.hash.slice(1)).get('token') ?? '';
}

async function signedUp(email: string, { baseUrl } = test) {
  const visitor = createClient(baseUrl);
  await visitor.post('/auth/register', { email, password: TEST_PASSWORD });
  const signIn = async (password = TEST_PASSWORD, address = email) =>
    visitor.post('/auth/login', { email: address, password });
  return { visitor, signIn, client: createClient(baseUrl, (await signIn()).body.access_token) };
}

describe('somebody who reads their mails', () => {
  it('verifies the address, and is welcomed', async () => {
    const { visitor, client } = await signedUp('verified@example.com');
    expect((await client.get('/users/me')).body.email_verified).toBe(false);
    await mailServer.waitFor('verified@example.com', /Welcome/);
    const mail = await mailServer.waitFor('verified@example.com', /Confirm/);
    const token = followLink(mail, '/verify-email');
    expect((await visitor.post('/auth/email/verify', { token })).status).toBe(204);
    expect((await client.get('/users/me')).body.email_verified).toBe(true);
  });

  it('sets a new password, which signs out whoever knew the old one', async () => {
    const { visitor, client, signIn } = await signedUp('forgetful@example.com');
    await visitor.post('/auth/password/forgot', { email: 'Forgetful@Example.com' });
    const mail = await mailServer.waitFor('forgetful@example.com', /password/);
    const body = { token: followLink(mail, '/reset-password'), new_password: NEW_PASSWORD };
    expect((await visitor.post('/auth/password/reset', body)).status).toBe(204);
    expect((await visitor.post('/auth/password/reset', body)).status).toBe(422);
    expect((await client.get('/users/me')).status).toBe(401);
    expect((await signIn()).status).toBe(401);
    expect((await signIn(NEW_PASSWORD)).status).toBe(200);
  });

  it('moves to another address, and is warned at the old one', async () => {
    const { visitor, client, signIn } = await signedUp('former@example.com');
    const body = { email: 'new@example.com', current_password: TEST_PASSWORD };
    expect((await client.post('/users/me/email', body)).status).toBe(202);
    await mailServer.waitFor('former@example.com', /about to change/);
    const mail = await mailServer.waitFor('new@example.com', /new email/);
    const token = followLink(mail, '/verify-email');
    expect((await visitor.post('/auth/email/verify', { token })).status).toBe(204);
    expect((await signIn(TEST_PASSWORD, 'new@example.com')).status).toBe(200);
    expect((await signIn()).status).toBe(401);
  });

  it('joins the team they are invited to, as somebody new and as somebody known', async () => {
    const owner = await signedUp('owner@example.com');
    const known = await signedUp('known@example.com');
    const { id: teamId } = (await owner.client.post('/teams', { name: 'Crew' })).body;
    const invite = async (email: string) => {
      await owner.client.post(`/teams/${teamId}/invitations`, { email, role: 'member' });
      const mail = await mailServer.waitFor(email, /invited/);
      expect(mail.parsed.text).toContain('"Crew"');
      return `/invitations/${followLink(mail, '/accept-invitation')}/accept`;
    };
    const asNew = await invite('newcomer@example.com');
    const joined = await owner.visitor.post(asNew, { password: TEST_PASSWORD });
    expect(joined.body.team).toMatchObject({ id: teamId, role: 'member' });
    const asKnown = await invite('known@example.com');
    expect((await known.client.post(asKnown)).status).toBe(200);
    expect((await known.client.post(asKnown)).status).toBe(404);
    const members = (await owner.client.get(`/teams/${teamId}/members`)).body;
    expect(members.total).toBe(3);
  });

  it('confirms a sign-up; who has an account is told of another one', async () => {
    const email = 'confirmed@example.com';
    const visitor = createClient(confirming.baseUrl);
    const account = { email, password: TEST_PASSWORD };
    const first = await visitor.post('/auth/register', account);
    const mail = await mailServer.waitFor(email, /registration/);
    const token = followLink(mail, '/confirm-registration');
    const confirmed = await visitor.post('/auth/register/confirm', { token });
    expect(confirmed.body).toMatchObject({ email, email_verified: true });
    const again = await visitor.post('/auth/register', account);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    await mailServer.waitFor(email, /account already/);
  });
});
