export { createAgentsModule } from './agents.module.ts';
export type {
  AgentDirectory,
  DirectoryEntry,
  DirectoryListing,
  DirectoryOrder,
} from './agents/directory.service.ts';
export type {
  AgentDefinition,
  AgentResolver,
  AgentRetrieval,
  ResolveAgentInput,
} from './agent-definition.ts';
export { defineTool, succeed } from './tools/define-tool.ts';
export type { OpenToolbox, Toolbox } from './tools/toolbox.ts';
export type {
  AgentTool,
  ToolContext,
  ToolOutput,
  ToolReach,
  ToolSet,
  ToolSource,
  ToolUser,
} from './agent-tool.ts';
