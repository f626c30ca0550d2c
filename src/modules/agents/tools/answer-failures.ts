import { isAppError, type AppError } from '#platform/errors/app-error';
import { nameFailure } from '#platform/errors/name-failure';
import type { AgentTool, ToolContext } from '../agent-tool.ts';
import type { EventLog } from '../event-log.ts';
import { noteRefusal } from './note-refusal.ts';

/** Tells the model of expected failures, so that the run goes on; refusals leave an entry in the audit log. */
export function answerFailures(tool: AgentTool, refusals: EventLog): AgentTool {
  async function note(error: AppError, { actor }: ToolContext): Promise<void> {
    if (!isRefusal(error)) return;
    await noteRefusal(refusals, { actor, tool: tool.name, reason: nameFailure(error) });
  }

  return {
    ...tool,
    async run(input, context) {
      try {
        return await tool.run(input, context);
      } catch (error) {
        context.signal.throwIfAborted();
        if (!isAppError(error)) throw error;
        await note(error, context);
        return { text: error.message, isError: true };
      }
    },
  };
}

function isRefusal(error: AppError): boolean {
  const { kind, options } = error;
  return kind === 'forbidden' || kind === 'not_found' || options.reason === 'url_not_allowed';
}
