import type { ApiKeyId, ProjectId, RunId, SessionId, TeamId, UserId } from '#shared/ids';

/** Who pays for a model's call. */
export type Payer = {
  readonly teamId: TeamId;
  readonly userId: UserId | null;
  readonly apiKeyId?: ApiKeyId | null | undefined;
  readonly projectId?: ProjectId | null | undefined;
  readonly sessionId?: SessionId | null | undefined;
  /** A run writes the usage of its answer itself, with the message that it pays for. */
  readonly runId?: RunId | null | undefined;
};

/** The most that a call may use; `costMicros` are millionths of the configured currency. */
export type SpendEstimate = { readonly tokens: number; readonly costMicros: number };

export type SpendCall = {
  readonly payer: Payer;
  readonly provider: string;
  readonly model: string;
  /** Whether it counts against the streams that a team may have at a time. */
  readonly isStream: boolean;
  readonly estimate: SpendEstimate;
};

/** What a call used. */
export type SpentUsage = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly isEstimated: boolean;
  readonly costMicros: number;
  readonly latencyMs: number;
};

export interface SpendReservation {
  /** Holds more. @throws QUOTA_EXCEEDED where a limit has no room for it; what was held stays held */
  extend(more: SpendEstimate): Promise<void>;
  /** Writes what was used, once, and gives the rest back. */
  settle(usage: SpentUsage): Promise<void>;
  /** Gives everything back: nothing was used. */
  release(): Promise<void>;
  /** Leaves what is held to whoever writes the usage; it expires where nobody does. */
  leave(): void;
}

/** May this spend? What is admitted never exceeds a limit, whoever asks at the same time and from wherever. */
export interface SpendGuard {
  /** @throws QUOTA_EXCEEDED where a limit has no room for the estimate, RATE_LIMITED where too many streams run */
  reserve(call: SpendCall): Promise<SpendReservation>;
  /** Throws as `reserve` would, and holds nothing. */
  assertRoom(call: SpendCall): Promise<void>;
}
