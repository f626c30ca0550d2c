import type { AgentDefinition } from './agent-definition.ts';

/** Who answers where no agent is named: by what the project holds, without tools. */
export function createDefaultAgent({ maxSteps }: { readonly maxSteps: number }): AgentDefinition {
  return {
    agentId: null,
    version: null,
    model: undefined,
    instructions: undefined,
    tools: [],
    approvals: [],
    retrieval: { isAutomatic: true },
    maxSteps,
    budgetMicros: undefined,
  };
}
