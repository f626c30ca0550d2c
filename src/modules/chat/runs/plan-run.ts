import type { ChatModel, FailoverWish } from '#modules/ai';
import { currentContext } from '#platform/telemetry/request-context';
import { beginTrace } from '#platform/telemetry/tracing';
import type { Actor } from '#shared/actor';
import { newId, type MessageId, type ProjectId, type RunId, type SessionId } from '#shared/ids';
import { nameSession } from '../sessions/name-session.ts';
import type { NewSession, SessionRecord } from '../sessions/sessions.repository.ts';
import type { ModelPicker, ProjectReader, SessionService } from '../sessions/sessions.service.ts';
import type { RunIdentity } from './active-runs.ts';

export type AskInput = {
  readonly message: string;
  readonly sessionId?: SessionId | undefined;
  readonly projectId?: ProjectId | undefined;
  readonly model?: string | undefined;
  readonly failover?: FailoverWish;
};

/** All that a run needs to know before it begins. */
export type RunPlan = RunIdentity & {
  readonly questionId: MessageId;
  readonly question: string;
  readonly chatModel: ChatModel;
  readonly projectId: ProjectId | null;
  readonly traceId: string;
  /** Set where the run begins a session. */
  readonly newSession: NewSession | undefined;
};

export type PlanRun = (actor: Actor, input: AskInput) => Promise<RunPlan>;

export type PlanRunDependencies = {
  readonly sessions: Pick<SessionService, 'get'>;
  readonly projects: ProjectReader;
  readonly pickModel: ModelPicker;
};

/** Settles project and model of a run: as asked for, else as its session has them. */
export function createPlanRun({ sessions, projects, pickModel }: PlanRunDependencies): PlanRun {
  async function sessionOf(actor: Actor, input: AskInput): Promise<AskedSession> {
    const { sessionId, projectId = null, model = null } = input;
    if (sessionId) return sessions.get(actor, { id: sessionId });
    return { id: newId<SessionId>(), projectId, model, isNew: true };
  }

  return async (actor, input) => {
    const session = await sessionOf(actor, input);
    const projectId = input.projectId ?? session.projectId;
    if (projectId) await projects.get(actor, { id: projectId });
    const chatModel = await pickModel(actor.teamId, input.model ?? session.model ?? undefined);
    const { teamId, userId } = actor;
    const name = nameSession(input.message);
    return {
      id: newId<RunId>(),
      sessionId: session.id,
      questionId: newId<MessageId>(),
      answerId: newId<MessageId>(),
      teamId,
      userId,
      question: input.message,
      model: chatModel.name,
      chatModel,
      projectId,
      traceId: currentContext()?.traceId ?? beginTrace().traceId,
      newSession: session.isNew
        ? { id: session.id, teamId, userId, projectId, name, model: session.model }
        : undefined,
    };
  };
}

type AskedSession = Pick<SessionRecord, 'id' | 'projectId' | 'model'> & { readonly isNew?: true };
