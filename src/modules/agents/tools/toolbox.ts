import { unlessAborted } from '#shared/unless-aborted';
import type { AgentDefinition } from '../agent-definition.ts';
import type { AgentTool, ToolContext, ToolOutput, ToolSource, ToolUser } from '../agent-tool.ts';
import type { EventLog } from '../event-log.ts';
import { noteRefusal } from './note-refusal.ts';

/** A call as a model wrote it: neither its name nor its arguments need be anything that there is. */
export type ModelToolCall = { readonly name: string; readonly arguments: string };

/** The tools of one agent for one caller, until they are closed. */
export type Toolbox = {
  readonly tools: readonly AgentTool[];
  /** Also for a tool that is not there: a call of it is refused at once, and nobody need be asked. */
  needsApproval(name: string): boolean;
  isRepeatable(name: string): boolean;
  /** Failures and refusals are answers to the model; refusals are audited. @throws what is no expected failure */
  call(call: ModelToolCall, context: ToolContext): Promise<ToolOutput>;
  /** Answers a call that may not run, and keeps it in the audit log. */
  refuse(
    call: Pick<ModelToolCall, 'name'>,
    why: { readonly context: ToolContext; readonly reason: string; readonly message: string },
  ): Promise<ToolOutput>;
  close(): Promise<void>;
};

/** @throws NOT_FOUND for a project that the caller cannot see */
export type OpenToolbox = (
  user: ToolUser,
  agent: Pick<AgentDefinition, 'tools' | 'approvals'>,
) => Promise<Toolbox>;

const MAX_CALL_MS = 120_000;

export type ToolboxDependencies = {
  readonly toolSource: ToolSource;
  readonly refusals: EventLog;
};

export function createOpenToolbox({ toolSource, refusals }: ToolboxDependencies): OpenToolbox {
  return async (user, { tools: names, approvals }) => {
    const { tools, close } = await toolSource.list(user, names);
    const byName = new Map(tools.map((tool) => [tool.name, tool]));

    const refuse: Toolbox['refuse'] = async ({ name }, { context, reason, message }) => {
      await noteRefusal(refusals, { actor: context.actor, tool: name, reason });
      return failed(message);
    };

    return {
      tools,
      needsApproval(name) {
        const tool = byName.get(name);
        if (!tool) return false;
        return tool.needsApproval || approvals.includes('*') || approvals.includes(name);
      },
      isRepeatable: (name) => byName.get(name)?.isRepeatable ?? false,
      async call(call, context) {
        const tool = byName.get(call.name);
        if (tool) return runTool(tool, call, context);
        const message = 'There is no such tool for you';
        return refuse(call, { context, reason: 'tool.unknown', message });
      },
      refuse,
      close,
    };
  };
}

async function runTool(
  tool: AgentTool,
  call: ModelToolCall,
  context: ToolContext,
): Promise<ToolOutput> {
  const input = parseArguments(call.arguments);
  if (!input) return failed('The arguments are no JSON');
  const limit = AbortSignal.timeout(MAX_CALL_MS);
  try {
    const signal = AbortSignal.any([context.signal, limit]);
    return await unlessAborted(tool.run(input.value, { ...context, signal }), signal);
  } catch (error) {
    if (context.signal.aborted || !limit.aborted) throw error;
    return failed('The tool took too long');
  }
}

/** Many models call a tool without arguments by an empty text. */
function parseArguments(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text.trim() === '' ? '{}' : text) };
  } catch {
    return undefined;
  }
}

function failed(text: string): ToolOutput {
  return { text, isError: true };
}
