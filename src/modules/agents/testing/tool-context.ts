import { newId } from '#shared/ids';
import { buildActor } from '#test/http-app';
import type { ToolContext } from '../agent-tool.ts';

/** Somebody who runs a tool, outside of any project unless it is said. */
export function buildToolContext(overrides: Partial<ToolContext> = {}): ToolContext {
  return {
    actor: buildActor(),
    projectId: null,
    sessionId: newId(),
    runId: newId(),
    signal: new AbortController().signal,
    ...overrides,
  };
}
