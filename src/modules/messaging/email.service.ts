import { AppError } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import { cleanEmail } from './clean-email.ts';
import type { EmailSender } from './email-sender.ts';

export type EmailServiceDependencies = {
  readonly provider: EmailSender;
  readonly metrics: Pick<Metrics, 'emailsTotal'>;
};

/** The way out for every mail: nothing reaches a provider that was not cleaned, or goes uncounted. */
export function createEmailService({ provider, metrics }: EmailServiceDependencies): EmailSender {
  return {
    async send(email, signal) {
      try {
        signal.throwIfAborted();
        await provider.send(cleanEmail(email), signal);
        metrics.emailsTotal.inc({ status: 'sent' });
      } catch (error) {
        metrics.emailsTotal.inc({ status: statusOf(error) });
        throw error;
      }
    },
  };
}

function statusOf(error: unknown): 'refused' | 'failed' {
  return error instanceof AppError && error.options.retryable === false ? 'refused' : 'failed';
}
