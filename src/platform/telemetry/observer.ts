import type { ApiKeyId, ProjectId, RunId, SessionId, TeamId, UserId } from '#shared/ids';

/** What a piece of AI work belongs to. */
export type ObservedWork = {
  readonly traceId: string;
  readonly teamId: TeamId;
  readonly userId: UserId | null;
  readonly apiKeyId?: ApiKeyId | null | undefined;
  readonly projectId?: ProjectId | null | undefined;
  readonly sessionId?: SessionId | null | undefined;
  /** What is done for a run is told as a part of it. */
  readonly runId?: RunId | null | undefined;
};

export type ObservedUsage = {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  readonly isEstimated: boolean;
  readonly costUsdMicros: number;
};

export type ObservedModel = {
  readonly name: string;
  readonly provider: string;
  readonly parameters?: Readonly<Record<string, string | number | undefined>>;
};

/** One piece of AI work that has ended; times in milliseconds since 1970. */
export type Observation = {
  readonly kind: 'run' | 'generation' | 'embedding' | 'retrieval';
  readonly name: string;
  readonly work: ObservedWork;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly firstOutputMs?: number | undefined;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly model?: ObservedModel;
  readonly usage?: ObservedUsage | undefined;
  readonly metadata?: Readonly<Record<string, string | number | undefined>>;
  /** Why it failed, in words that hold nothing of its contents; `aborted` is no fault. */
  readonly failure?: string | undefined;
};

/** A judgement of a piece of work, such as how much of an answer is proved. */
export type Score = {
  /** The same again is the same score, changed. */
  readonly id?: string;
  readonly work: ObservedWork;
  readonly name: string;
  readonly value: number;
  readonly comment?: string;
};

/** Is told of AI work. It never throws, and nobody waits for it. */
export interface Observer {
  observe(observation: Observation): void;
  score(score: Score): void;
  removeScore(id: string): void;
}
