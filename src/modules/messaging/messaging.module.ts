import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { parseMailbox } from '#shared/mailbox';
import type { EmailSender } from './email-sender.ts';
import { createEmailService } from './email.service.ts';
import { createConsoleEmail } from './providers/console/console-email.provider.ts';
import { createSmtpEmail } from './providers/smtp/smtp-email.provider.ts';

export type MessagingSettings = {
  readonly provider: 'console' | 'smtp';
  readonly from: string;
  readonly smtpUrl?: string | undefined;
  /** Whether the log may show the content of mails. */
  readonly isContentLogged: boolean;
};

export type MessagingModuleDependencies = {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'emailsTotal'>;
  readonly settings: MessagingSettings;
};

export function createMessagingModule({ logger, metrics, settings }: MessagingModuleDependencies) {
  return { email: createEmailService({ provider: createProvider(logger, settings), metrics }) };
}

function createProvider(logger: Logger, settings: MessagingSettings): EmailSender {
  if (settings.provider === 'console') {
    return createConsoleEmail({
      logger: logger.child({ module: 'email' }),
      isContentShown: settings.isContentLogged,
    });
  }
  const from = parseMailbox(settings.from);
  if (!from || settings.smtpUrl === undefined) throw new Error('EMAIL_FROM or SMTP_URL is missing');
  return createSmtpEmail({ url: settings.smtpUrl, from });
}
