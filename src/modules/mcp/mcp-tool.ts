import type { JsonSchema } from '#modules/ai';

/** A tool as a client is told of it. */
export type McpTool = {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
};

export type McpToolResult = {
  /** For the model that called. */
  readonly text: string;
  /** The same for programs, where it has a shape. */
  readonly structured?: Readonly<Record<string, unknown>> | undefined;
  readonly isError: boolean;
};
