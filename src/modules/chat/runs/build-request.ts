import type { AgentDefinition, OpenToolbox } from '#modules/agents';
import { payerOf } from '#modules/ai';
import type { RetrievalMode } from '#modules/knowledge';
import type { Actor } from '#shared/actor';
import type { ProjectId, TeamId } from '#shared/ids';
import type { RetrievedPassage } from '../agent/retrieved-passage.ts';
import type { DescribeFollowUp, FollowUp } from '../follow-ups/rewrite-query.ts';
import type { ActiveRun } from './active-runs.ts';
import type { RunRequest } from './execute-run.ts';

/** Finds passages of a project that may answer a query, best first. */
export type PassageRetriever = {
  retrieve(
    input: {
      readonly teamId: TeamId;
      readonly projectId: ProjectId;
      readonly query: string;
      readonly followUp: FollowUp | undefined;
      readonly topK?: number | undefined;
      readonly mode?: RetrievalMode | undefined;
    },
    signal: AbortSignal,
  ): Promise<{ readonly passages: readonly RetrievedPassage[] }>;
};

type Built =
  | 'retrieve'
  | 'recall'
  | 'openTools'
  | 'instructions'
  | 'maxSteps'
  | 'budgetMicros'
  | 'payer'
  | 'tier';

type AskedRun = Omit<RunRequest, Built> & {
  readonly projectId: ProjectId | null;
  readonly agent: AgentDefinition;
};

export type BuildRequest = (actor: Actor, asked: AskedRun) => RunRequest;

export type BuildRequestDependencies = {
  readonly knowledge: PassageRetriever;
  readonly describeFollowUp: DescribeFollowUp;
  readonly openToolbox: OpenToolbox;
  readonly recall: (actor: Actor) => Promise<string>;
};

/** What a run works with, wherever it is executed: all of it with the rights of who asked. */
export function createBuildRequest(dependencies: BuildRequestDependencies): BuildRequest {
  const { knowledge, describeFollowUp, openToolbox, recall } = dependencies;

  return (actor, { projectId, agent, ...asked }) => ({
    ...asked,
    payer: payerOf(actor, projectId),
    tier: actor.tier,
    instructions: agent.instructions,
    maxSteps: agent.maxSteps,
    budgetMicros: agent.budgetMicros,
    recall: () => recall(actor),
    retrieve: async ({ question, turns }, signal) => {
      const { isAutomatic, ...wanted } = agent.retrieval;
      if (!projectId || !isAutomatic) return [];
      const { teamId } = actor;
      const followUp = describeFollowUp({ question, turns, model: asked.model });
      const found = { teamId, projectId, query: question, followUp, ...wanted };
      return (await knowledge.retrieve(found, signal)).passages;
    },
    async openTools({ id: runId, sessionId }: Pick<ActiveRun, 'id' | 'sessionId'>) {
      const toolbox = await openToolbox({ actor, projectId }, agent);
      const contextWith = (signal: AbortSignal) => ({
        actor,
        projectId,
        sessionId,
        runId,
        signal,
      });
      return {
        ...toolbox,
        call: (call, signal) => toolbox.call(call, contextWith(signal)),
        refuse: (call, why) =>
          toolbox.refuse(call, { ...why, context: contextWith(AbortSignal.abort()) }),
      };
    },
  });
}
