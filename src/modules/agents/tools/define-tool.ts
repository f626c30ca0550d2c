import { z } from 'zod';
import { invalid } from '#platform/errors/app-error';
import type { AgentTool, ToolContext, ToolOutput, ToolReach } from '../agent-tool.ts';

export type ToolPlan<Input extends z.ZodObject> = {
  readonly name: string;
  readonly description: string;
  readonly input: Input;
  readonly touches: readonly ToolReach[];
  readonly run: (input: z.output<Input>, context: ToolContext) => Promise<ToolOutput>;
};

/** Some 8,000 tokens: what a model can still weigh, and a context can hold several times. */
export const MAX_OUTPUT_CHARACTERS = 32_000;

/** A built-in tool: its input is checked before it runs, and its output has an end. */
export function defineTool<Input extends z.ZodObject>(plan: ToolPlan<Input>): AgentTool {
  const { name, description, touches } = plan;
  const { $schema: _, ...parameters } = z.toJSONSchema(plan.input, { io: 'input' });
  return {
    name,
    description,
    parameters,
    touches,
    needsApproval: false,
    // Each of ours only reads.
    isRepeatable: true,
    async run(input, context) {
      const parsed = plan.input.safeParse(input);
      if (!parsed.success) throw invalid(parsed.error.issues.map(faultOf), 'tool.input');
      const output = await plan.run(parsed.data, context);
      return { ...output, text: capText(output.text) };
    },
  };
}

/** Cuts what is too long for a model, and says so. */
export function capText(text: string): string {
  if (text.length <= MAX_OUTPUT_CHARACTERS) return text;
  const kept = text.slice(0, MAX_OUTPUT_CHARACTERS).toWellFormed();
  return `${kept}\n[Cut: ${text.length - MAX_OUTPUT_CHARACTERS} characters more]`;
}

export function succeed(text: string): ToolOutput {
  return { text, isError: false };
}

function faultOf({ path, message }: z.core.$ZodIssue) {
  const field = path.join('.');
  return { field, message: field === '' ? message : `${field}: ${message}` };
}
