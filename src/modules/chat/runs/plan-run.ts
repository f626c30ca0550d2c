import type { AgentDefinition, AgentResolver } from '#modules/agents';
import type { ChatModel, FailoverWish } from '#modules/ai';
import { currentContext } from '#platform/telemetry/request-context';
import { beginTrace } from '#platform/telemetry/tracing';
import type { Actor } from '#shared/actor';
import {
  newId,
  type AgentId,
  type MessageId,
  type ProjectId,
  type RunId,
  type SessionId,
} from '#shared/ids';
import { nameSession } from '../sessions/name-session.ts';
import type { NewSession, SessionRecord } from '../sessions/sessions.repository.ts';
import type { ModelPicker, SessionService } from '../sessions/sessions.service.ts';
import type { RunIdentity } from './active-runs.ts';

export type BusyPolicy = 'reject' | 'enqueue' | 'interrupt';

export type AskInput = {
  readonly message: string;
  readonly sessionId?: SessionId | undefined;
  readonly projectId?: ProjectId | undefined;
  readonly model?: string | undefined;
  /** The project's where it is not said. */
  readonly agentId?: AgentId | undefined;
  readonly failover?: FailoverWish;
  /** What becomes of a question while its session is answering another; the setting without it. */
  readonly ifBusy?: BusyPolicy | undefined;
  /** Whether the run goes on when nobody reads it. */
  readonly isBackground?: boolean;
  /** What a program keeps with the run. */
  readonly notes?: Readonly<Record<string, unknown>>;
};

/** All that a run needs to know before it begins. */
export type RunPlan = RunIdentity & {
  readonly questionId: MessageId;
  readonly question: string;
  readonly chatModel: ChatModel;
  readonly projectId: ProjectId | null;
  readonly agent: AgentDefinition;
  readonly traceId: string;
  /** Set where the run begins a session. */
  readonly newSession: NewSession | undefined;
};

export type PlanRun = (actor: Actor, input: AskInput) => Promise<RunPlan>;

/** Throws NOT_FOUND for a project that the actor's team does not have. */
export type AgentNamer = {
  get(
    actor: Actor,
    input: { readonly id: ProjectId },
  ): Promise<{ readonly settings: { readonly agentId?: AgentId | undefined } }>;
};

export type PlanRunDependencies = {
  readonly sessions: Pick<SessionService, 'get'>;
  readonly projects: AgentNamer;
  readonly agents: AgentResolver;
  readonly pickModel: ModelPicker;
};

/** Settles project, agent and model of a run: as asked for, else as its session and its project have them. */
export function createPlanRun(dependencies: PlanRunDependencies): PlanRun {
  const { sessions, projects, agents, pickModel } = dependencies;

  async function sessionOf(actor: Actor, input: AskInput): Promise<AskedSession> {
    const { sessionId, projectId = null, model = null } = input;
    if (sessionId) return sessions.get(actor, { id: sessionId });
    return { id: newId<SessionId>(), projectId, model, isNew: true };
  }

  return async (actor, input) => {
    const session = await sessionOf(actor, input);
    const projectId = input.projectId ?? session.projectId;
    const project = projectId ? await projects.get(actor, { id: projectId }) : undefined;
    const agentId = input.agentId ?? project?.settings.agentId;
    const agent = await agents.resolve(actor, { projectId, agentId });
    const wantedModel = input.model ?? agent.model ?? session.model ?? undefined;
    const chatModel = await pickModel(actor.teamId, wantedModel);
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
      agent,
      traceId: currentContext()?.traceId ?? beginTrace().traceId,
      newSession: session.isNew
        ? { id: session.id, teamId, userId, projectId, name, model: session.model }
        : undefined,
    };
  };
}

type AskedSession = Pick<SessionRecord, 'id' | 'projectId' | 'model'> & { readonly isNew?: true };
