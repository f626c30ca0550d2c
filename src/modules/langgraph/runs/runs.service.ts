import type {
  BusyPolicy,
  NotedSession,
  NotedSessionService,
  RunService,
  RunStatus,
  SessionRunService,
} from '#modules/chat';
import { invalid, isAppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { RunId } from '#shared/ids';
import { GRAPH_ID } from '../assistants/assistant.ts';
import type { AssistantService } from '../assistants/assistants.service.ts';
import type { Decision, PendingApprovals } from '../states/pending-approvals.service.ts';
import type { ThreadMessages } from '../states/thread-messages.service.ts';
import { presentValues, type ValuesView } from '../states/present-state.ts';
import type { FramePosition } from './run-frames.ts';
import type { StreamMode } from './stream-modes.ts';
import { inThread, type ThreadRun } from './thread-run.ts';
import type { ThreadStreams } from './thread-streams.service.ts';

export type ThreadRunService = ReturnType<typeof createThreadRunService>;

export type ThreadRunServiceDependencies = {
  readonly notedSessions: Pick<NotedSessionService, 'create' | 'get' | 'note'>;
  readonly sessionRuns: SessionRunService;
  readonly runs: Pick<RunService, 'begin' | 'cancelRun'>;
  readonly assistants: Pick<AssistantService, 'get'>;
  readonly threadMessages: ThreadMessages;
  readonly pendingApprovals: PendingApprovals;
  readonly streams: Pick<ThreadStreams, 'placeOfWait'>;
  readonly settings: { readonly retentionMinutes: number };
};

export type BeginRunInput = {
  /** Undefined: a thread for this run alone. */
  readonly threadId: string | undefined;
  readonly assistantId: string;
  /** What is asked, or what is decided about calls that wait for it. */
  readonly asked: { readonly question: string } | { readonly decisions: readonly Decision[] };
  readonly model: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly modes: readonly StreamMode[];
  readonly ifBusy: BusyPolicy | undefined;
  /** It goes on when nobody reads it. */
  readonly isBackground: boolean;
  /** A thread that is not there is made. */
  readonly isThreadMade: boolean;
  /** A thread for this run alone stays. */
  readonly isThreadKept: boolean;
  /** From where it is to go on. */
  readonly checkpointId: string | undefined;
};

/** With the place from which on its beginner has not been told of it. */
export type BegunThreadRun = ThreadRun & { readonly after: FramePosition };

export type RunOutcome = ValuesView & {
  readonly __error__?: { readonly error: string; readonly message: string };
};

const FROM_THE_BEGINNING: FramePosition = { event: 0, frame: 0 };

type RunKey = { readonly threadId: string; readonly id: RunId };

/** Runs of threads, which are answers of chat. */
export function createThreadRunService(dependencies: ThreadRunServiceDependencies) {
  const { notedSessions, sessionRuns, runs, assistants, threadMessages, settings } = dependencies;
  const { pendingApprovals, streams } = dependencies;

  async function get(actor: Actor, { threadId, id }: RunKey): Promise<ThreadRun> {
    const session = await notedSessions.get(actor, { id: threadId });
    return inThread(session, await sessionRuns.get(actor, { sessionId: session.id, id }));
  }

  async function sessionFor(actor: Actor, input: BeginRunInput): Promise<NotedSession> {
    const { threadId, isThreadMade, isThreadKept, metadata } = input;
    if (threadId === undefined) {
      const ttlMinutes = isThreadKept ? undefined : settings.retentionMinutes;
      return notedSessions.create(actor, { metadata, ttlMinutes });
    }
    return notedSessions.get(actor, { id: threadId }).catch((error: unknown) => {
      if (!isThreadMade || !isAppError(error, 'not_found')) throw error;
      return notedSessions.create(actor, { externalId: threadId, metadata });
    });
  }

  /** So that threads can be found by who answers in them. */
  async function noteAssistant(actor: Actor, { id, metadata }: NotedSession, assistantId: string) {
    if (metadata['assistant_id'] === assistantId) return;
    const found = { graph_id: GRAPH_ID, assistant_id: assistantId };
    await notedSessions.note(actor, { id, metadata: found });
  }

  async function assertAtEnd(actor: Actor, { id }: NotedSession, checkpointId: string | undefined) {
    if (checkpointId === undefined) return;
    const messages = await threadMessages.list(actor, id);
    const last = messages.findLast(({ status }) => status !== 'pending');
    if (last?.id === checkpointId) return;
    const message = 'Must be the latest checkpoint: a run begins at the end of its thread';
    throw invalid([{ field: 'checkpoint', message }], 'langgraph.not_at_the_end');
  }

  /** It is the same run that goes on; its reader is told what comes from now on. */
  async function resume(
    actor: Actor,
    session: NotedSession,
    decisions: readonly Decision[],
  ): Promise<BegunThreadRun> {
    const pending = await pendingApprovals.find(actor, session);
    const after = pending ? await streams.placeOfWait(actor, pending.run.id) : FROM_THE_BEGINNING;
    const { id } = await pendingApprovals.decide(actor, { session, decisions });
    const run = await sessionRuns.get(actor, { sessionId: session.id, id });
    return { ...inThread(session, run), after };
  }

  return {
    get,

    /** Asks, or lets a run go on that waits. @throws FORBIDDEN, NOT_FOUND, CONFLICT, VALIDATION_ERROR, QUOTA_EXCEEDED, RATE_LIMITED */
    async begin(actor: Actor, input: BeginRunInput): Promise<BegunThreadRun> {
      const { asked } = input;
      const { projectId, agentId } = await assistants.get(actor, { id: input.assistantId });
      const session = await sessionFor(actor, input);
      if ('decisions' in asked) return resume(actor, session, asked.decisions);
      await assertAtEnd(actor, session, input.checkpointId);
      const { id } = await runs.begin(actor, {
        message: asked.question,
        sessionId: session.id,
        projectId,
        agentId: agentId ?? undefined,
        model: input.model,
        ifBusy: input.ifBusy,
        isBackground: input.isBackground,
        notes: {
          assistant_id: input.assistantId,
          metadata: input.metadata,
          stream_modes: input.modes,
          multitask_strategy: input.ifBusy ?? null,
        },
      });
      await noteAssistant(actor, session, input.assistantId);
      const run = await sessionRuns.get(actor, { sessionId: session.id, id });
      return { ...inThread(session, run), after: FROM_THE_BEGINNING };
    },

    /** A run whose thread is not known. @throws NOT_FOUND */
    async find(actor: Actor, { id }: Pick<RunKey, 'id'>): Promise<ThreadRun> {
      const run = await sessionRuns.find(actor, { id });
      return inThread(await notedSessions.get(actor, { id: run.sessionId }), run);
    },

    /** The latest first. @throws NOT_FOUND */
    async list(
      actor: Actor,
      {
        threadId,
        ...listing
      }: Pick<RunKey, 'threadId'> & {
        readonly statuses: readonly RunStatus[] | undefined;
        readonly limit: number;
        readonly offset: number;
      },
    ): Promise<readonly ThreadRun[]> {
      const session = await notedSessions.get(actor, { id: threadId });
      const found = await sessionRuns.list(actor, { sessionId: session.id, ...listing });
      return found.map((run) => inThread(session, run));
    },

    /** Waits for the end of a run, and gives what its thread then holds. @throws NOT_FOUND */
    async wait(
      actor: Actor,
      { run: { id, sessionId }, threadId }: ThreadRun,
      signal: AbortSignal,
    ): Promise<RunOutcome> {
      await sessionRuns.wait(actor, { sessionId, id, signal });
      const { status } = await sessionRuns.get(actor, { sessionId, id });
      const messages = await threadMessages.listUpTo(actor, { sessionId, runId: id });
      const told = messages.filter((message) => message.status !== 'pending');
      const values = presentValues(told);
      if (status === 'waiting') {
        const session = await notedSessions.get(actor, { id: threadId });
        const pending = await pendingApprovals.find(actor, session);
        return { ...values, ...(pending && { __interrupt__: pending.interrupts }) };
      }
      if (status !== 'failed') return values;
      const message = messages.at(-1)?.error ?? 'The run failed';
      return { ...values, __error__: { error: 'RunFailed', message } };
    },

    /** Stops a run; with a signal, it returns once that has ended. @throws NOT_FOUND */
    async cancel(
      actor: Actor,
      { signal, ...key }: RunKey & { readonly signal?: AbortSignal | undefined },
    ): Promise<void> {
      const { run } = await get(actor, key);
      await runs.cancelRun(actor, { id: run.id });
      if (signal) await sessionRuns.wait(actor, { sessionId: run.sessionId, id: run.id, signal });
    },

    /** @throws FORBIDDEN, NOT_FOUND, CONFLICT while it has not ended */
    async remove(actor: Actor, key: RunKey): Promise<void> {
      const { run } = await get(actor, key);
      await sessionRuns.remove(actor, run);
    },
  };
}
