import type { RetrievalMode } from '#modules/knowledge';
import type { Actor } from '#shared/actor';
import type { AgentId, ProjectId } from '#shared/ids';

/** All that a run needs to know of the agent that answers; settled once, when the run begins. */
export type AgentDefinition = {
  /** Null for the default assistant. */
  readonly agentId: AgentId | null;
  readonly version: number | null;
  /** Undefined: the session's, else the default. */
  readonly model: string | undefined;
  /** Undefined: the built-in prompt. */
  readonly instructions: string | undefined;
  /** Names of tools; `mcp:<server name>` takes all tools of a server of the project. */
  readonly tools: readonly string[];
  /** Names of tools that wait for a human, or `*`. */
  readonly approvals: readonly string[];
  readonly retrieval: AgentRetrieval;
  /** Calls of the model in one run. */
  readonly maxSteps: number;
  /** What one run may spend, beside the spend limits. */
  readonly budgetMicros: number | undefined;
};

export type AgentRetrieval = {
  readonly topK?: number | undefined;
  readonly mode?: RetrievalMode | undefined;
  /** Retrieve before the answer; else only by the search tool. */
  readonly isAutomatic: boolean;
};
export type ResolveAgentInput = {
  readonly projectId: ProjectId | null;
  readonly agentId?: AgentId | undefined;
  /** Undefined: the newest. */
  readonly version?: number | undefined;
};

export interface AgentResolver {
  /** The default assistant where no agent is named. @throws NOT_FOUND */
  resolve(actor: Actor, input: ResolveAgentInput): Promise<AgentDefinition>;
}
