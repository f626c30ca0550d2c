import { LangfuseAPIError, type CreateScoreRequest, type LangfuseAPIClient } from '@langfuse/core';

/** A score with an id, or that there is to be none under this id. */
export type ScoreChange = { readonly id: string; readonly score: CreateScoreRequest | undefined };

type RequestOptions = { readonly abortSignal: AbortSignal; readonly maxRetries: number };

const CHANGE_BYTES = 512;
const NOT_FOUND = 404;

/** They are sent at once, so only the last change of each score may be among them. */
export function lastChanges(changes: readonly ScoreChange[]): readonly ScoreChange[] {
  return [...new Map(changes.map((change) => [change.id, change])).values()];
}

export async function changeScore(
  client: LangfuseAPIClient,
  { id, score }: ScoreChange,
  options: RequestOptions,
): Promise<void> {
  if (score) {
    await client.scores.create(score, options);
    return;
  }
  try {
    await client.legacy.scoreV1.delete(id, options);
  } catch (error) {
    // One that was dropped on its way, or is there no more.
    if (!(error instanceof LangfuseAPIError && error.statusCode === NOT_FOUND)) throw error;
  }
}

/** About how much of a request it takes. */
export function sizeOfChange({ score }: ScoreChange): number {
  return CHANGE_BYTES + (score?.comment?.length ?? 0);
}
