import type { Actor } from '#shared/actor';
import type { EventLog } from '../event-log.ts';

const MAX_NAME_LENGTH = 128;

export type Refusal = { readonly actor: Actor; readonly tool: string; readonly reason: string };

/** What a model asked for and did not get; it may have named the tool itself. */
export async function noteRefusal(
  refusals: EventLog,
  { actor, tool, reason }: Refusal,
): Promise<void> {
  await refusals.insert(actor, {
    action: 'tool.refused',
    outcome: 'failure',
    reason,
    target: { type: 'tool', id: tool.slice(0, MAX_NAME_LENGTH) },
  });
}
