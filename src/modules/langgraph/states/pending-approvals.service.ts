import type { ApprovalService, NotedRun, NotedSession, SessionRunService } from '#modules/chat';
import { AppError, invalid } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { presentInterrupts, type InterruptView } from './present-interrupts.ts';
import type { ToolCall } from './present-message.ts';

export type PendingApprovals = ReturnType<typeof createPendingApprovals>;

export type PendingApprovalsDependencies = {
  readonly sessionRuns: Pick<SessionRunService, 'list'>;
  readonly approvals: ApprovalService;
};

export type Decision = { readonly isApproved: boolean; readonly comment?: string | undefined };

export type PendingRun = {
  readonly run: NotedRun;
  /** What a human is asked about. */
  readonly calls: readonly ToolCall[];
  readonly interrupts: InterruptView[];
};

/** What a thread waits for: calls of tools that a human is to approve or reject. */
export function createPendingApprovals({ sessionRuns, approvals }: PendingApprovalsDependencies) {
  async function find(actor: Actor, session: NotedSession): Promise<PendingRun | undefined> {
    if (session.status !== 'interrupted') return undefined;
    const listing = { sessionId: session.id, statuses: ['waiting'] as const, limit: 1, offset: 0 };
    const [run] = await sessionRuns.list(actor, listing);
    if (!run) return undefined;
    const asked = await approvals.list(actor, { runId: run.id });
    const calls = asked.filter(({ decision }) => !decision);
    return { run, calls, interrupts: presentInterrupts(calls) };
  }

  return {
    find,

    /** One decision is for all calls, several are for one each, in order. @throws CONFLICT, VALIDATION_ERROR */
    async decide(
      actor: Actor,
      { session, decisions }: { session: NotedSession; decisions: readonly Decision[] },
    ): Promise<NotedRun> {
      const pending = await find(actor, session);
      if (!pending) throw nothingToResume();
      const { run, calls } = pending;
      if (decisions.length !== 1 && decisions.length !== calls.length)
        throw miscounted(calls.length);
      for (const [index, { id: toolCallId }] of calls.entries()) {
        const decision = decisions[index] ?? decisions[0];
        if (decision) await approvals.decide(actor, { runId: run.id, toolCallId, ...decision });
      }
      return run;
    },
  };
}

function nothingToResume(): AppError {
  return new AppError('conflict', 'The thread waits for nobody', {
    reason: 'langgraph.nothing_to_resume',
  });
}

function miscounted(count: number): AppError {
  const message = `Must hold a decision for each of the ${count} calls, in order`;
  return invalid([{ field: 'command.resume', message }], 'langgraph.decisions');
}
