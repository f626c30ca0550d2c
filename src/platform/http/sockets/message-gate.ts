const SECOND_MS = 1000;

export type MessageGate = { admits(): boolean; close(): void };

export type MessageGateOptions = {
  readonly perSecond: number;
  readonly source: { pause(): void; resume(): void };
  /** Called once in a second that has more. */
  readonly onExceeded: () => void;
};

/** Lets so many messages through in a second; beyond that their source is paused until the second is over. */
export function createMessageGate(options: MessageGateOptions): MessageGate {
  const { perSecond, source, onExceeded } = options;
  let taken = 0;
  let timer: NodeJS.Timeout | undefined;

  function beginSecond(): void {
    taken = 0;
    timer = setTimeout(() => {
      timer = undefined;
      source.resume();
    }, SECOND_MS);
  }

  return {
    admits(): boolean {
      if (timer === undefined) beginSecond();
      taken += 1;
      if (taken === perSecond + 1) {
        source.pause();
        onExceeded();
      }
      return taken <= perSecond;
    },
    close: () => clearTimeout(timer),
  };
}
