import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { RunId, TeamId } from '#shared/ids';
import type { StepCall } from '../agent/tool-step.ts';
import { replayAnswer } from '../runs/replay-answer.ts';
import type { RunEventsRepository } from '../runs/run-events.repository.ts';
import type { RunTakeover } from '../runs/run-takeover.service.ts';
import type { RunsRepository } from '../runs/runs.repository.ts';
import { approvalEvent } from '../runs/tool-events.ts';
import { assertCanChat } from '../sessions/sessions.policy.ts';
import type { DecisionLog } from './decision-log.ts';
import type { WaitingRunsRepository } from './waiting-runs.repository.ts';

/** A call of a tool that a human is asked about. */
export type ToolApproval = Pick<StepCall, 'id' | 'name' | 'arguments' | 'decision'>;

export type DecideInput = {
  readonly runId: RunId;
  readonly toolCallId: string;
  readonly isApproved: boolean;
  /** What the model is told of a rejection. */
  readonly comment?: string | undefined;
};

export type ApprovalService = ReturnType<typeof createApprovalService>;

export type ApprovalServiceDependencies = {
  readonly runsOf: (teamId: TeamId) => Pick<RunsRepository, 'find'>;
  readonly runEventsOf: (teamId: TeamId) => Pick<RunEventsRepository, 'readProgress'>;
  readonly unitOfWork: UnitOfWork<{
    readonly runs: WaitingRunsRepository;
    readonly runEvents: Pick<RunEventsRepository, 'readProgress'>;
    readonly decisions: DecisionLog;
  }>;
  readonly takeover: Pick<RunTakeover, 'startQueuedRuns'>;
};

/** What a run's tools may do is decided by who asked for the run; to everybody else it is not there. */
export function createApprovalService(dependencies: ApprovalServiceDependencies) {
  const { runsOf, runEventsOf, unitOfWork, takeover } = dependencies;

  return {
    /** Those of a run, decided or not, oldest first. @throws NOT_FOUND */
    async list(actor: Actor, { runId }: Pick<DecideInput, 'runId'>) {
      const run = await runsOf(actor.teamId).find(runId, actor.userId);
      if (!run) throw notFound('run', runId);
      return askedCalls(await readEvents(runEventsOf(actor.teamId), runId));
    },

    /**
     * Lets a waiting run go on once all of its calls are decided; the same decision again changes nothing.
     * @throws FORBIDDEN, NOT_FOUND, CONFLICT where the run does not wait or it was decided otherwise
     */
    async decide(actor: Actor, input: DecideInput): Promise<ToolApproval> {
      assertCanChat(actor);
      const { runId } = input;
      const decided = await unitOfWork.run(teamScope(actor.teamId), async (repositories) => {
        const { runs, runEvents, decisions } = repositories;
        const status = await runs.lock(runId, actor.userId);
        if (!status) throw notFound('run', runId);
        const events = await readEvents(runEvents, runId);
        const calls = askedCalls(events);
        const call = findCall(calls, input);
        if (call.decision) return { call, isLast: false };
        if (status !== 'waiting') throw notWaiting(runId);
        const made = { ...call, decision: decisionOf(input) };
        const event = JSON.stringify(approvalEvent(made.id, made.decision));
        await runs.tell({ id: runId, teamId: actor.teamId, eventId: events.length + 1, event });
        await decisions.note(actor, { runId, call: made });
        const isLast = calls.every(({ id, decision }) => decision ?? id === call.id);
        if (isLast) await runs.queue(runId);
        return { call: made, isLast };
      });
      if (decided.isLast) await takeover.startQueuedRuns();
      return decided.call;
    },
  };
}

async function readEvents(
  runEvents: Pick<RunEventsRepository, 'readProgress'>,
  runId: RunId,
): Promise<readonly string[]> {
  const progress = await runEvents.readProgress(runId, 0);
  return progress?.batches.flatMap(({ events }) => events) ?? [];
}

function askedCalls(events: readonly string[]): readonly ToolApproval[] {
  return replayAnswer(events).steps.flatMap(({ calls }) => calls.filter(({ isAsked }) => isAsked));
}

function findCall(calls: readonly ToolApproval[], input: DecideInput): ToolApproval {
  const call = calls.find(({ id }) => id === input.toolCallId);
  if (!call) throw notFound('tool_call', input.toolCallId);
  if (call.decision && call.decision.isApproved !== input.isApproved) {
    throw new AppError('conflict', `Call "${call.id}" was decided otherwise`, {
      reason: 'approval.decided',
    });
  }
  return call;
}

function decisionOf({ isApproved, comment }: DecideInput) {
  return { isApproved, ...(comment !== undefined && { comment }) };
}

function notWaiting(id: RunId): AppError {
  return new AppError('conflict', `Run "${id}" waits for nobody`, { reason: 'run.not_waiting' });
}
