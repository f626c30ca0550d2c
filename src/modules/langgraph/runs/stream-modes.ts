/** What of a run can be told as it comes. */
export const STREAM_MODES = ['values', 'updates', 'messages', 'messages-tuple', 'custom'] as const;

export type StreamMode = (typeof STREAM_MODES)[number];

export const DEFAULT_MODES: readonly StreamMode[] = ['values'];
