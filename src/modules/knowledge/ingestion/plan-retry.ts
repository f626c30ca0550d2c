import { isAppError } from '#platform/errors/app-error';
import { isPermanent } from './ingestion-failure.ts';
import type { IngestionStage } from './ingestion-stage.ts';

type Patience = { readonly tries: number; readonly firstDelaySeconds: number };

/** A provider may be down for longer than a disk: eight tries to embed take about half an hour. */
const PATIENCE: Readonly<Record<IngestionStage, Patience>> = {
  fetch: { tries: 5, firstDelaySeconds: 5 },
  parse: { tries: 3, firstDelaySeconds: 5 },
  split: { tries: 4, firstDelaySeconds: 5 },
  embed: { tries: 8, firstDelaySeconds: 10 },
  index: { tries: 5, firstDelaySeconds: 5 },
};
const LONGEST_DELAY_SECONDS = 600;

export type FailedTry = {
  readonly stage: IngestionStage;
  /** Tries of the stage since the ingestion last got on, this one included. */
  readonly attempts: number;
  readonly error: unknown;
};

/** Whether a stage has had all the tries that it gets. */
export function isExhausted({ stage, attempts }: Pick<FailedTry, 'stage' | 'attempts'>): boolean {
  return attempts >= PATIENCE[stage].tries;
}

/** How long to wait before a stage is tried again; undefined where that is of no use any more. */
export function planRetrySeconds(
  { stage, attempts, error }: FailedTry,
  random: () => number,
): number | undefined {
  if (isPermanent(error) || isExhausted({ stage, attempts })) return undefined;
  const { firstDelaySeconds } = PATIENCE[stage];
  const backoff = Math.min(firstDelaySeconds * 2 ** (attempts - 1), LONGEST_DELAY_SECONDS);
  const asked = isAppError(error) ? (error.options.retryAfterSeconds ?? 0) : 0;
  // Between the half and the whole, so that documents that failed together do not return together.
  const wait = Math.max(backoff * (1 - random() / 2), Math.min(asked, LONGEST_DELAY_SECONDS));
  return Math.ceil(wait);
}
