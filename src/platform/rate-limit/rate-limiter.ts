/** One window of a limit such as `"100/minute"`. */
export type RateWindow = {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly text: string;
};

/** A named limit; several windows must all hold. */
export type RatePolicy = {
  readonly name: string;
  readonly windows: readonly RateWindow[];
  /** A guarded policy (login, register, what costs money) never falls open: it falls back to this process. */
  readonly isGuarded: boolean;
  /** A durable policy (login, register) is not forgotten by a restart, without Redis too. */
  readonly isDurable?: boolean;
};

export type RateDecision = {
  readonly isAllowed: boolean;
  /** The window that is nearest to its limit, or the one that refused. */
  readonly window: RateWindow;
  readonly remaining: number;
  readonly resetSeconds: number;
};

export interface RateLimiter {
  /** Counts one hit of `key` and says whether it may pass. Sliding windows, the same on every replica. */
  consume(policy: RatePolicy, key: string): Promise<RateDecision>;
  close(): Promise<void>;
}
