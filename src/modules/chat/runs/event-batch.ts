import type { RunId } from '#shared/ids';
import type { RunHold } from './run-hold.ts';

/** Events of a run that follow each other, as JSON texts; the first has this id. */
export type EventBatch = { readonly firstEventId: number; readonly events: readonly string[] };

export type RunEventBatch = EventBatch & RunHold & { readonly runId: RunId };
