const MS_PER_SECOND = 1000;

/** A moment as OpenAI tells it: whole seconds since 1970. */
export function secondsOf(timestamp: string): number {
  return Math.floor(Date.parse(timestamp) / MS_PER_SECOND);
}
