import { text } from 'node:stream/consumers';
import PostalMime, { type Email as ParsedMail } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { vi } from 'vitest';

export type ReceivedMail = {
  /** Whom the client named to the server, whatever the headers say. */
  readonly recipients: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
};

export type MailServer = {
  /** For SMTP_URL. */
  readonly url: string;
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Waits for the youngest mail to this address whose subject matches. */
  waitFor(address: string, subject?: RegExp): Promise<ReceivedMail>;
  close(): Promise<void>;
};

/** A mail server on loopback that keeps what it gets; `behaviour` makes it refuse or dawdle. */
export async function startMailServer(behaviour: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  async function keep(recipients: readonly string[], content: Promise<string>): Promise<void> {
    const raw = await content;
    mails.push({ recipients, raw, parsed: await PostalMime.parse(raw) });
  }
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      void keep(recipients, text(stream)).finally(done);
    },
    ...behaviour,
  });
  // A client that goes away in the middle is what some tests are about.
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    waitFor: (address, subject = /./) =>
      vi.waitFor(() => findMail(mails, { address, subject }), { timeout: 20_000, interval: 25 }),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function findMail(
  mails: readonly ReceivedMail[],
  { address, subject }: { address: string; subject: RegExp },
): ReceivedMail {
  const found = mails.findLast(
    ({ recipients, parsed }) => recipients.includes(address) && subject.test(parsed.subject ?? ''),
  );
  if (found) return found;
  const seen = mails.map(({ recipients, parsed }) => `${recipients.join()}: ${parsed.subject}`);
  throw new Error(`no mail to ${address} about ${subject}; there are: ${seen.join('; ')}`);
}
