import type { Email, EmailSender } from '#modules/messaging';

export type TestMailbox = EmailSender & {
  readonly mails: readonly Email[];
  /** The youngest mail to this address whose subject matches; fails where there is none. */
  mailTo(address: string, subject?: RegExp): Email;
  /** The token in the link of that mail. */
  tokenTo(address: string, subject?: RegExp): string;
  /** What the next `send` fails with, until it is told otherwise. */
  failWith(error: Error | undefined): void;
};

/** Keeps the mails that a module sends. */
export function createMailbox(): TestMailbox {
  const mails: Email[] = [];
  let failure: Error | undefined;

  function mailTo(address: string, subject = /./): Email {
    const found = mails.findLast((mail) => mail.to === address && subject.test(mail.subject));
    if (!found) throw new Error(`no mail to ${address} about ${subject}`);
    return found;
  }

  return {
    mails,
    async send(email) {
      if (failure) throw failure;
      mails.push(email);
    },
    mailTo,
    tokenTo: (address, subject) => tokenIn(mailTo(address, subject).text),
    failWith: (error) => void (failure = error),
  };
}

/** The token in the link of a mail. */
export function tokenIn(text: string): string {
  const token = /[#?&]token=([\w-]+)/.exec(text)?.[1];
  if (!token) throw new Error(`no token in: ${text}`);
  return token;
}
