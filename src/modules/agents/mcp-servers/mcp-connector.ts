import type { JsonSchema } from '#modules/ai';

export type McpAddress = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type McpTool = {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
  /** By what its server says of it. */
  readonly isRepeatable: boolean;
};

/** One server, as long as a run needs it. */
export type McpConnection = {
  listTools(signal: AbortSignal): Promise<readonly McpTool[]>;
  /** An answer of the tool's own that it failed is no failure here. */
  callTool(
    call: { readonly name: string; readonly input: Readonly<Record<string, unknown>> },
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly isError: boolean }>;
  close(): Promise<void>;
};

/** Reaches MCP servers; failures are AppErrors of kind `external`. */
export interface McpConnector {
  connect(address: McpAddress, signal: AbortSignal): Promise<McpConnection>;
}
