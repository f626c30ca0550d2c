import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { startMailServer, type MailServer } from '#test/mail-server';
import type { Email, EmailSender } from './email-sender.ts';
import { createMessagingModule } from './messaging.module.ts';

const FROM = '"Groundwork, Ltd" <no-reply@example.com>';
const never = new AbortController().signal;

type Delivered = { readonly to: string; readonly subject: string; readonly text: string };

let server: MailServer;
let logLines: string[] = [];
beforeAll(async () => {
  server = await startMailServer();
});
beforeEach(() => {
  logLines = [];
});
afterAll(() => server.close());

function buildModule(provider: 'console' | 'smtp') {
  const metrics = createMetrics();
  const { email } = createMessagingModule({
    logger: createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line) => void logLines.push(line) },
    }),
    metrics,
    settings: { provider, from: FROM, smtpUrl: server.url, isContentLogged: true },
  });
  return { email, metrics };
}

function buildEmail(changes: Partial<Email> = {}): Email {
  return {
    to: 'ada@example.com',
    subject: 'Hello',
    text: 'Good day.',
    html: '<p>Good day.</p>',
    ...changes,
  };
}

const providers = [
  {
    name: 'console' as const,
    delivered: (): Delivered | undefined => {
      const line = logLines
        .map((text) => JSON.parse(text))
        .findLast(({ event }) => event === 'email');
      return line && { to: line.to, subject: line.subject, text: line.message };
    },
  },
  {
    name: 'smtp' as const,
    delivered: (): Delivered | undefined => {
      const mail = server.mails.at(-1);
      const { parsed, recipients } = mail ?? {};
      return (
        parsed && {
          to: String(recipients),
          subject: parsed.subject ?? '',
          text: parsed.text ?? '',
        }
      );
    },
  },
];

describe.each(providers)('mail by the provider $name', ({ name, delivered }) => {
  const send = (email: Email, sender: EmailSender = buildModule(name).email) =>
    sender.send(email, never);

  it('brings recipient, subject and text through, whatever their script', async () => {
    const text = `Grüße, 你好 👋\n\nhttp://localhost:8000/verify-email#token=${'a'.repeat(64)}`;
    await send(buildEmail({ subject: 'Bestätigen: 確認 ✔', text }));
    expect(delivered()).toEqual({
      to: 'ada@example.com',
      subject: 'Bestätigen: 確認 ✔',
      text: expect.stringContaining(text),
    });
  });

  it.each([
    'Hello\r\nBcc: eve@example.com',
    'Hello\nBcc: eve@example.com',
    'Hello\rBcc: eve@example.com',
    'Hello\r\n\r\n<script>',
    'Hello\u2028Bcc: eve@example.com\u0000\u202e',
  ])('keeps the subject %j on one line', async (subject) => {
    await send(buildEmail({ subject }));
    expect(delivered()?.subject).toMatch(/^Hello [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
    expect(delivered()?.to).toBe('ada@example.com');
  });

  it.each([
    'ada@example.com, eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com>\r\nRCPT TO:<eve@example.com',
    'Ada <ada@example.com>',
    'ada',
    '',
  ])('refuses the recipient %j for good', async (to) => {
    const before = server.mails.length;
    await expect(send(buildEmail({ to }))).rejects.toMatchObject({
      kind: 'external',
      options: { reason: 'email.bad_address', retryable: false },
    });
    expect(server.mails).toHaveLength(before);
    expect(logLines).toEqual([]);
  });

  it('sends nothing for a signal that was aborted', async () => {
    const reason = new Error('the job ran out of time');
    const before = server.mails.length;
    const sending = buildModule(name).email.send(buildEmail(), AbortSignal.abort(reason));
    await expect(sending).rejects.toBe(reason);
    expect(server.mails).toHaveLength(before);
    expect(logLines).toEqual([]);
  });

  it('counts what was sent and what was refused', async () => {
    const { email, metrics } = buildModule(name);
    await send(buildEmail(), email);
    await expect(send(buildEmail({ to: 'nobody' }), email)).rejects.toThrow('address');
    const text = await metrics.registry.getSingleMetricAsString('emails_total');
    expect(text).toContain('emails_total{status="sent"} 1');
    expect(text).toContain('emails_total{status="refused"} 1');
  });
});

describe('the console', () => {
  it('shows no content where others read the log', async () => {
    const { email } = createMessagingModule({
      logger: createLogger({
        level: 'info',
        format: 'json',
        destination: { write: (line) => void logLines.push(line) },
      }),
      metrics: createMetrics(),
      settings: { provider: 'console', from: FROM, smtpUrl: undefined, isContentLogged: false },
    });
    await email.send(buildEmail({ text: 'secret' }), never);
    expect(logLines).toHaveLength(1);
    expect(logLines.join()).not.toMatch(/secret|ada@example/);
  });
});
