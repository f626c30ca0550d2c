import type { AgentDefinition, Toolbox } from '#modules/agents';
import { unlessAborted } from '#shared/unless-aborted';

export type TestTool = {
  readonly run: (input: unknown) => string | Promise<string>;
  readonly isRepeatable?: boolean;
  readonly needsApproval?: boolean;
};

export type TestTools = Readonly<Record<string, TestTool>>;

export const PLAIN_AGENT: AgentDefinition = {
  agentId: null,
  version: null,
  model: undefined,
  instructions: undefined,
  tools: [],
  approvals: [],
  retrieval: { isAutomatic: true },
  maxSteps: 8,
  budgetMicros: undefined,
};

/** Tools that do what the test wants, and what was refused of others. */
export function createTestToolbox(tools: TestTools, refused: string[]): Toolbox {
  return {
    tools: Object.keys(tools).map((name) => ({
      name,
      description: name,
      parameters: { type: 'object' },
      touches: [],
      needsApproval: false,
      isRepeatable: false,
      run: async () => ({ text: '', isError: true }),
    })),
    needsApproval: (name) => tools[name]?.needsApproval ?? false,
    isRepeatable: (name) => tools[name]?.isRepeatable ?? false,
    async call({ name, arguments: input }, { signal }) {
      const tool = tools[name];
      const run = async (able: TestTool) => able.run(JSON.parse(input));
      if (tool) return { text: await unlessAborted(run(tool), signal), isError: false };
      refused.push(name);
      return { text: 'no such tool', isError: true };
    },
    async refuse({ name }, { message }) {
      refused.push(name);
      return { text: message, isError: true };
    },
    close: async () => undefined,
  };
}
