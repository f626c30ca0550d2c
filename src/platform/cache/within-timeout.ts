/** Why an answer was given up. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor() {
    super('no answer in time');
  }
}

type Patience = {
  readonly timeoutMs: number;
  /** Asked when the time is over; true grants the same time once more. */
  readonly isWorthWaiting?: () => boolean;
};

/** Waits for an answer, but not for ever. */
export function withinTimeout<T>(
  answer: Promise<T>,
  { timeoutMs, isWorthWaiting = () => false }: Patience,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new NoAnswerError());
    // After a stall of our own the answer may lie in the socket: it is read before the verdict.
    let timer = setTimeout(() => setImmediate(judge), timeoutMs);
    function judge(): void {
      if (isWorthWaiting()) {
        timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
      } else {
        giveUp();
      }
    }
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
