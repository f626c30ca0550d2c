import type { JsonSchema } from '#modules/ai';
import type { RetrievedPassage } from '#modules/knowledge';
import type { Actor } from '#shared/actor';
import type { ProjectId, RunId, SessionId } from '#shared/ids';

/** What a tool may read or change. */
export type ToolReach = 'project' | 'network' | 'memory' | 'dataset' | 'mcp';

/** A capability that a model may call. It runs with the rights of the caller. */
export type AgentTool = {
  readonly name: string;
  readonly description: string;
  /** What the model is told of its input. */
  readonly parameters: JsonSchema;
  readonly touches: readonly ToolReach[];
  /** By itself, beside what the agent asks approval for. */
  readonly needsApproval: boolean;
  /** Whether a second call with the same input does no more than the first. */
  readonly isRepeatable: boolean;
  /** @throws AppError, which is told to the model: its call failed, and the run goes on. */
  run(input: unknown, context: ToolContext): Promise<ToolOutput>;
};

export type ToolContext = {
  readonly actor: Actor;
  readonly projectId: ProjectId | null;
  /** Null outside of a conversation, as for a client of `/mcp`. */
  readonly sessionId: SessionId | null;
  readonly runId: RunId | null;
  readonly signal: AbortSignal;
};

export type ToolOutput = {
  readonly text: string;
  readonly isError: boolean;
  /** What the answer may cite. */
  readonly passages?: readonly RetrievedPassage[];
};

export type ToolUser = Pick<ToolContext, 'actor' | 'projectId'>;

/** Tools that are ready to be called, until they are closed. */
export type ToolSet = { readonly tools: readonly AgentTool[]; close(): Promise<void> };

export interface ToolSource {
  /** The tools of these names that there are; a name that nothing has is left out. */
  list(user: ToolUser, names: readonly string[]): Promise<ToolSet>;
}
