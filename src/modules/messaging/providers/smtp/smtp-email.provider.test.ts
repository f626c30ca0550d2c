import { createServer, type Socket } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { startMailServer } from '#test/mail-server';
import { createSmtpEmail } from './smtp-email.provider.ts';

const FROM = { name: 'Groundwork, Ltd "Ü"', address: 'no-reply@example.com' };
const EMAIL = {
  to: 'ada@example.com',
  subject: 'Hello',
  text: 'Good day.',
  html: '<p>Good day.</p>',
};
const CANARY = 'canary-of-the-mail-server';
const never = new AbortController().signal;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startServer(behaviour: SMTPServerOptions = {}) {
  const server = await startMailServer(behaviour);
  closers.push(server.close);
  return server;
}

const buildSmtp = (url: string) => createSmtpEmail({ url, from: FROM });
const buildImpatient = (url: string) =>
  createSmtpEmail({
    url,
    from: FROM,
    timeouts: { connectMs: 2000, greetingMs: 100, silenceMs: 200 },
  });

function refusal(responseCode: number): Error {
  return Object.assign(new Error(CANARY), { responseCode });
}

describe('mail over SMTP', () => {
  it('arrives in both forms, from whom the settings say, and asks for no answer', async () => {
    const server = await startServer();
    await buildSmtp(server.url).send(EMAIL, never);
    const [mail] = server.mails;
    expect(mail?.recipients).toEqual([EMAIL.to]);
    expect(mail?.parsed).toMatchObject({
      from: FROM,
      to: [{ address: EMAIL.to }],
      subject: EMAIL.subject,
      text: expect.stringContaining(EMAIL.text),
      html: expect.stringContaining(EMAIL.html),
      headers: expect.arrayContaining([
        expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }),
      ]),
    });
  });

  it('signs in as the address of the server says', async () => {
    const seen: unknown[] = [];
    const server = await startServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        seen.push([username, password]);
        done(null, { user: username });
      },
    });
    await buildSmtp(`smtp://mailer:p%40ss@127.0.0.1:${server.port}`).send(EMAIL, never);
    expect(seen).toEqual([['mailer', 'p@ss']]);
    expect(server.mails).toHaveLength(1);
  });

  it.each<[string, number, boolean, SMTPServerOptions]>([
    ['the recipient', 550, false, { onRcptTo: (_to, _session, done) => done(refusal(550)) }],
    ['the recipient for now', 450, true, { onRcptTo: (_to, _session, done) => done(refusal(450)) }],
    [
      'the content',
      554,
      false,
      {
        onData(stream, _session, done) {
          stream.resume().on('end', () => done(refusal(554)));
        },
      },
    ],
    [
      'our sign-in',
      535,
      true,
      {
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: (_credentials, _session, done) => done(refusal(535)),
      },
    ],
  ])('tells that the server refused %s with %i', async (_what, code, retryable, behaviour) => {
    const server = await startServer(behaviour);
    const url = behaviour.onAuth ? `smtp://mailer:wrong@127.0.0.1:${server.port}` : server.url;
    const failure = await failureOf(buildSmtp(url).send(EMAIL, never));
    expect(failure).toMatchObject({
      kind: 'external',
      options: { reason: 'email.refused', retryable },
      cause: { message: expect.stringContaining(String(code)) },
    });
    expectNoWordsOfTheServer(failure);
  });

  it('tells that nobody listens', async () => {
    const server = await startServer();
    await server.close();
    closers.length = 0;
    await expectUnreachable(buildSmtp(server.url).send(EMAIL, never));
  });

  it.each<[string, (socket: Socket) => void]>([
    ['never greets', () => undefined],
    ['falls silent', (socket) => void socket.write('220 hello\r\n')],
    ['hangs up', (socket) => void socket.end()],
    ['speaks something else', (socket) => void socket.end(`HTTP/1.1 400 ${CANARY}\r\n\r\n`)],
  ])('gives up on a server that %s', async (_what, greet) => {
    const url = await listen(greet);
    await expectUnreachable(buildImpatient(url).send(EMAIL, never));
  });

  it('ends at once when it is told to', async () => {
    const url = await listen((socket) => void socket.write('220 hello\r\n'));
    const controller = new AbortController();
    const reason = new Error('the job ran out of time');
    const sending = buildSmtp(url).send(EMAIL, controller.signal);
    controller.abort(reason);
    await expect(sending).rejects.toBe(reason);
  });
});

async function listen(greet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    greet(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => void server.close(resolve));
  });
  const address = server.address();
  return `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function expectUnreachable(sending: Promise<void>): Promise<void> {
  const failure = await failureOf(sending);
  expect(failure).toMatchObject({
    kind: 'unavailable',
    options: { reason: 'email.unreachable', retryable: true },
  });
  expectNoWordsOfTheServer(failure);
}

async function failureOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Neither in what a client may see nor in what a log shows. */
function expectNoWordsOfTheServer(failure: unknown): void {
  const { message, cause } = failure instanceof Error ? failure : new Error('no failure');
  expect(`${message} ${String(cause)}`).not.toMatch(new RegExp(`${CANARY}|@`));
}
