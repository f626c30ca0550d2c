import { readArguments, type ToolCall } from './present-message.ts';

/** In the form of LangChain's middleware for human approval, which front ends know. */
export type InterruptView = {
  readonly id: string;
  readonly value: {
    readonly action_requests: {
      readonly name: string;
      readonly args: Record<string, unknown>;
      readonly description: string;
    }[];
    readonly review_configs: {
      readonly action_name: string;
      readonly allowed_decisions: string[];
    }[];
  };
};

/** One for all calls, since their run goes on once all are decided; none where nobody is asked. */
export function presentInterrupts(calls: readonly ToolCall[]): InterruptView[] {
  const [first] = calls;
  if (!first) return [];
  return [
    {
      id: first.id,
      value: {
        action_requests: calls.map(({ name, arguments: input }) => ({
          name,
          args: readArguments(input),
          description: `Tool "${name}" waits for approval`,
        })),
        review_configs: calls.map(({ name }) => ({
          action_name: name,
          allowed_decisions: ['approve', 'reject'],
        })),
      },
    },
  ];
}
