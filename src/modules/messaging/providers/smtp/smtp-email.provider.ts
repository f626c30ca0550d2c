import type { Mailbox } from '#shared/mailbox';
import type { EmailSender } from '../../email-sender.ts';
import { describeSmtpFailure } from './smtp-failure.ts';

export type SmtpEmailOptions = {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  readonly url: string;
  readonly from: Mailbox;
  readonly timeouts?: SmtpTimeouts;
};

export type SmtpTimeouts = {
  readonly connectMs: number;
  readonly greetingMs: number;
  readonly silenceMs: number;
};

const TIMEOUTS: SmtpTimeouts = { connectMs: 10_000, greetingMs: 10_000, silenceMs: 30_000 };

/** Mails over SMTP, one connection each; STARTTLS is taken where it is offered. */
export function createSmtpEmail({ url, from, timeouts = TIMEOUTS }: SmtpEmailOptions): EmailSender {
  const open = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url,
      connectionTimeout: timeouts.connectMs,
      dnsTimeout: timeouts.connectMs,
      greetingTimeout: timeouts.greetingMs,
      socketTimeout: timeouts.silenceMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  let opened: ReturnType<typeof open> | undefined;

  return {
    async send({ to, subject, text, html }, signal) {
      try {
        // Loaded with the first mail: a start should not wait for it.
        const transport = await (opened ??= open());
        await transport.sendMail({
          from: { ...from },
          to: { name: '', address: to },
          subject,
          text,
          html,
          // Keeps holiday notices from answering.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw describeSmtpFailure(error);
      }
    },
  };
}
