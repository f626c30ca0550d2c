import type { Clock } from '#platform/clock/clock';
import type { Database, Scope } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import { newId, type WebhookEventId } from '#shared/ids';
import { processWebhook } from './process-webhook.job.ts';
import {
  createWebhookEventsRepository,
  type WebhookEventRecord,
} from './webhook-events.repository.ts';
import type { WebhookHeaders, WebhookOutcome, WebhookSource } from './webhook-source.ts';

export type IncomingWebhooksDependencies = {
  readonly database: Database;
  readonly queue: Pick<JobQueue, 'within'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'webhookEventsTotal' | 'webhookDurationSeconds'>;
};

const NO_SCOPE: Scope = { kind: 'none' };
// Providers send an event again for three days at most; ids are kept for longer than that.
const KEPT_MS = 30 * 86_400_000;
const BATCH = 1000;
const MAX_ERROR_LENGTH = 500;

export type IncomingWebhooks = ReturnType<typeof createIncomingWebhooks>;

/**
 * Receives what providers tell: proved by its signature, stored with the job that processes it, and
 * then acknowledged, so that a crash loses nothing and a repeat does nothing.
 */
export function createIncomingWebhooks(dependencies: IncomingWebhooksDependencies) {
  const { database, queue, clock, logger, metrics } = dependencies;
  const sources = new Map<string, WebhookSource>();
  const events = () => createWebhookEventsRepository(database.unscoped());

  function getSource(provider: string): WebhookSource {
    const source = sources.get(provider);
    if (!source) throw new Error(`no source of webhooks "${provider}"`);
    return source;
  }

  async function handle(event: WebhookEventRecord): Promise<WebhookOutcome> {
    const { id, provider, type, payload, createdAt } = event;
    return getSource(provider).handle({ id, type, payload, receivedAt: new Date(createdAt) });
  }

  async function settle(event: WebhookEventRecord, outcome: WebhookOutcome): Promise<void> {
    if (outcome.status === 'processed') return events().markProcessed(event.id);
    return park(event, outcome.reason);
  }

  async function park({ id, provider, type }: WebhookEventRecord, reason: string): Promise<void> {
    await events().markUnsuccessful(id, { error: reason, isParked: true });
    logger.error({ webhook_event_id: id, provider, type, reason }, 'webhook parked');
  }

  async function fail(
    event: WebhookEventRecord,
    error: unknown,
    isLastAttempt: boolean,
  ): Promise<void> {
    const message = (error instanceof Error ? error.message : 'unknown').slice(0, MAX_ERROR_LENGTH);
    if (isLastAttempt) return park(event, message);
    await events().markUnsuccessful(event.id, { error: message, isParked: false });
    throw error;
  }

  return {
    /** Each provider has one source. */
    addSource(source: WebhookSource): void {
      sources.set(source.provider, source);
    },

    /** Returns once the event is sure to be processed. @throws BAD_REQUEST, SERVICE_UNAVAILABLE */
    async receive(provider: string, body: Buffer, headers: WebhookHeaders): Promise<void> {
      const { eventId, type, payload } = getSource(provider).verify(body, headers);
      const id = newId<WebhookEventId>();
      const isNew = await database.transaction(NO_SCOPE, async (queries) => {
        const event = { id, provider, eventId, type, payload };
        if (!(await createWebhookEventsRepository(queries).insert(event))) return false;
        await queue.within(queries).enqueue(processWebhook, { webhookEventId: id });
        return true;
      });
      const status = isNew ? 'received' : 'repeated';
      metrics.webhookEventsTotal.inc({ provider, type, status });
    },

    async process(
      id: WebhookEventId,
      { isLastAttempt }: { readonly isLastAttempt: boolean },
    ): Promise<void> {
      const event = await events().find(id);
      if (event?.status !== 'pending') return;
      const { provider, type } = event;
      const stopTimer = metrics.webhookDurationSeconds.startTimer({ provider, type });
      const report = (status: string) => {
        stopTimer({ status });
        metrics.webhookEventsTotal.inc({ provider, type, status });
      };
      try {
        const outcome = await handle(event);
        await settle(event, outcome);
        report(outcome.status);
      } catch (error) {
        report(isLastAttempt ? 'parked' : 'retry');
        await fail(event, error, isLastAttempt);
      }
    },

    /** Forgets events that no provider will send again. */
    async purge(signal: AbortSignal): Promise<void> {
      const before = new Date(clock.now().getTime() - KEPT_MS);
      while (!signal.aborted) {
        if ((await events().deleteBefore(before, BATCH)) < BATCH) return;
      }
    },
  };
}
