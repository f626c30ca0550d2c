import type { AgentRetrieval } from '../agent-definition.ts';

/** What one version of an agent is; what is undefined is the service's to say. */
export type AgentContent = {
  readonly model?: string | undefined;
  readonly instructions?: string | undefined;
  /** `name` or `name@version` of a prompt of the project, instead of instructions. */
  readonly prompt?: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly tools: readonly string[];
  readonly approvals: readonly string[];
  readonly retrieval: AgentRetrieval;
  readonly maxSteps?: number | undefined;
  readonly budgetMicros?: number | undefined;
};
