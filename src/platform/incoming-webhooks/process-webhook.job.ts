import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { WebhookEventId } from '#shared/ids';

/** Spread over hours: what an event refers to may be down for a while. */
export const processWebhook: JobDefinition<{ readonly webhookEventId: WebhookEventId }> = {
  name: 'process-webhook',
  payload: z.object({ webhookEventId: z.custom<WebhookEventId>(isUuid) }),
  attempts: 8,
  retryDelaySeconds: 10,
  timeoutSeconds: 120,
  concurrency: 4,
};

const purgeWebhookEvents: JobDefinition<Record<string, never>> = {
  name: 'purge-webhook-events',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 300,
  concurrency: 1,
  schedule: '53 3 * * *',
};

export type WebhookProcessor = {
  process(id: WebhookEventId, attempt: { readonly isLastAttempt: boolean }): Promise<void>;
  purge(signal: AbortSignal): Promise<void>;
};

/** Both are idempotent: an event that is done is left alone, and a second purge finds less. */
export function registerWebhookJobs(
  queue: JobQueue,
  { webhooks }: { readonly webhooks: WebhookProcessor },
): void {
  queue.register(processWebhook, ({ webhookEventId }, { isLastAttempt }) =>
    webhooks.process(webhookEventId, { isLastAttempt }),
  );
  queue.register(purgeWebhookEvents, (_payload, { signal }) => webhooks.purge(signal));
}

function isUuid(value: unknown): boolean {
  return z.uuid().safeParse(value).success;
}
