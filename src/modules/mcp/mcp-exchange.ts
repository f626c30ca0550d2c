import type { McpTool, McpToolResult } from './mcp-tool.ts';

/** The tools of the one caller who sent a message. */
export type CallerTools = {
  list(): Promise<readonly McpTool[]>;
  /** Undefined where there is no such tool. */
  call(name: string, input: unknown): Promise<McpToolResult | undefined>;
};

/** A message as it came over HTTP. */
export type McpMessage = {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

/** What goes back over HTTP; a notification has no body to answer it. */
export type McpReply = {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
};

/** Speaks the protocol: each message is answered by itself, and nothing is kept for the next. */
export interface McpExchange {
  answer(message: McpMessage, tools: CallerTools, signal: AbortSignal): Promise<McpReply>;
}
