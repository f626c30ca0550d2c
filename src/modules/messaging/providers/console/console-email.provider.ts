import type { Logger } from '#platform/telemetry/logger';
import type { EmailSender } from '../../email-sender.ts';

export type ConsoleEmailOptions = {
  readonly logger: Pick<Logger, 'info'>;
  /** Off where logs are kept and read by others: a mail holds what signs somebody in. */
  readonly isContentShown: boolean;
};

/** Delivers nothing: mails are to be read in the log. */
export function createConsoleEmail({ logger, isContentShown }: ConsoleEmailOptions): EmailSender {
  return {
    async send({ to, subject, text }) {
      if (isContentShown) logger.info({ event: 'email', to, subject }, `mail to ${to}\n\n${text}`);
      else logger.info({ event: 'email', subject }, 'a mail was not sent: set EMAIL_PROVIDER');
    },
  };
}
