import type { buildIdentityApp } from './identity-app.ts';

type Built = Pick<Awaited<ReturnType<typeof buildIdentityApp>>, 'queue' | 'mailbox'>;

/** What somebody gets by mail from the module under test. */
export function createMailReader({ queue, mailbox }: Built) {
  return {
    /** Delivers what waits, and gives the token of the youngest mail to the address. */
    async tokenTo(address: string, subject?: RegExp): Promise<string> {
      await queue.runAll();
      return mailbox.tokenTo(address, subject);
    },

    /** Delivers what waits, and gives the subjects of all mails to the address. */
    async subjectsTo(address: string): Promise<readonly string[]> {
      await queue.runAll();
      return mailbox.mails.filter(({ to }) => to === address).map(({ subject }) => subject);
    },
  };
}
