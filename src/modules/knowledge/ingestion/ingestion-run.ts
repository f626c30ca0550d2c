import { channel } from 'node:diagnostics_channel';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { Events } from '#platform/events/events';
import { documentEvent, DOCUMENTS_TOPIC, type DocumentChange } from './document-event.ts';
import type { IngestionAttemptsRepository } from './ingestion-attempts.repository.ts';
import type { IngestionStage } from './ingestion-stage.ts';
import type { HeldIndexing, IndexingWritesRepository } from './indexing-writes.repository.ts';
import type { Ingestion, IngestionsRepository } from './ingestions.repository.ts';
import { createStageBlame } from './stage-blame.ts';
import { SupersededError } from './superseded-error.ts';

export type Started = Ingestion & { readonly indexing: HeldIndexing };

export type RunRepositories = {
  readonly ingestions: IngestionsRepository;
  readonly attempts: IngestionAttemptsRepository;
  readonly writes: IndexingWritesRepository;
};

export type IngestionRunDependencies = {
  readonly unitOfWork: UnitOfWork<RunRepositories>;
  readonly events: Events;
  readonly settings: { readonly leaseSeconds: number };
};

export type IngestionRun = ReturnType<ReturnType<typeof createIngestionRuns>>;

/** How soon a run learns that it was called off where no event tells it, and how often it says how far it is. */
const PULSE_MS = 2000;

/** Tells tools that look into the process what is under way; a crash test kills it there. */
const stages = channel('groundwork:ingestion.stage');

/** Opens runs: each holds a document under a lease that it renews, and stops as soon as it has lost it. */
export function createIngestionRuns({ unitOfWork, events, settings }: IngestionRunDependencies) {
  return function openRun(started: Started, jobSignal: AbortSignal) {
    const { teamId, documentId, projectId, indexing } = started;
    const lost = new AbortController();
    const { during, eachDuring, blamed } = createStageBlame();
    let stage: IngestionStage = started.stage;
    let progress = started.progress;
    let reported = progress;
    let hasAdvanced = false;

    const timer = setInterval(() => void pulse().catch(() => undefined), PULSE_MS);
    const unsubscribe = events.subscribe(
      { teamId, topic: DOCUMENTS_TOPIC },
      { onEvent: ({ data }) => void (data['document_id'] === documentId && checkAtOnce(data)) },
    );

    function checkAtOnce({ status }: Readonly<Record<string, unknown>>): void {
      if (status !== 'processing') void pulse().catch(() => undefined);
    }

    /** Renews the lease. A database that does not answer says nothing; the lease runs out by itself. */
    async function pulse(): Promise<void> {
      const isHeld = await within(async ({ ingestions, writes }) => {
        const isUnderWay = await ingestions.report(documentId, progress);
        return isUnderWay && writes.renew(indexing, settings.leaseSeconds);
      });
      if (!isHeld) lost.abort(new SupersededError());
      else if (progress > reported) announce('processing');
      reported = progress;
    }

    /** Moves the document on; `also` is done in the same transaction, and false when the run has lost it. */
    async function enter(
      next: IngestionStage,
      also?: (bound: RunRepositories) => Promise<boolean>,
    ): Promise<void> {
      if (next === stage && !also) return tell('entered');
      const isAdvance = next === 'embed' || next === 'index';
      const isHeld = await within(async (bound) => {
        if (!(await bound.ingestions.enter(documentId, { stage: next, isAdvance }))) return false;
        await bound.attempts.enter(documentId, next);
        if (!(await bound.writes.renew(indexing, settings.leaseSeconds))) return false;
        return also ? also(bound) : true;
      });
      if (!isHeld) throw new SupersededError();
      stage = next;
      hasAdvanced ||= isAdvance;
      announce('processing');
      tell('entered');
    }

    function within<T>(work: (bound: RunRepositories) => Promise<T>): Promise<T> {
      return unitOfWork.run(teamScope(teamId), work);
    }

    function announce(status: DocumentChange['status']): void {
      const ended = status === 'ready' ? { stage: null, progress: 1 } : { stage, progress };
      events.publish(documentEvent({ teamId, projectId, documentId, status, ...ended }));
    }

    function tell(moment: 'entered' | 'written'): void {
      if (stages.hasSubscribers)
        stages.publish({ documentId, title: started.title, stage, moment });
    }

    announce('processing');
    return {
      ...started,
      signal: AbortSignal.any([jobSignal, lost.signal]),
      isLost: () => lost.signal.aborted,
      within,
      enter,
      announce,
      during,
      eachDuring,
      /** The stage that a failure came from. */
      failedStage: () => blamed() ?? stage,
      progress: () => progress,
      /** A part of the stage is there to stay. */
      noteWritten(share: number): void {
        progress = Math.max(progress, share);
        tell('written');
      },
      /** Tries of the stage, this one included: all that went before the last advance is forgotten. */
      attempts: () => (hasAdvanced ? 1 : started.attempts),
      noteAdvance: () => void (hasAdvanced = true),
      close(): void {
        clearInterval(timer);
        unsubscribe();
      },
    };
  };
}
