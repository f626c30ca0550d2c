import type { RunStatus } from '#modules/chat';

/** What LangGraph calls the states of a run. */
export const RUN_STATUSES = {
  queued: 'pending',
  running: 'running',
  waiting: 'interrupted',
  done: 'success',
  failed: 'error',
  cancelled: 'interrupted',
} as const satisfies Record<RunStatus, string>;

/** Ours that a status of theirs stands for. */
export function runStatusesOf(asked: string): readonly RunStatus[] {
  const ours: readonly RunStatus[] = [
    'queued',
    'running',
    'waiting',
    'done',
    'failed',
    'cancelled',
  ];
  return ours.filter((one) => RUN_STATUSES[one] === asked);
}
