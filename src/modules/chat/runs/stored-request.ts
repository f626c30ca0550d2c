import { z } from 'zod';
import type { FailoverWish } from '#modules/ai';
import type { Tier } from '#shared/actor';
import type { AgentId, ProjectId } from '#shared/ids';

/** A version of an agent, which never changes. */
export type AgentReference = { readonly id: AgentId; readonly version: number };

/** What of a question stands on its run, beside the message, so that any process can go on with it. */
export type StoredRequest = {
  readonly projectId: ProjectId | null;
  /** Who answers; null for the default assistant. */
  readonly agent: AgentReference | null;
  readonly failover: FailoverWish;
  /** False where nobody can come back for the answer: it ends with its process. */
  readonly isResumable: boolean;
  /** It goes on without a reader. */
  readonly isBackground: boolean;
  /** What a program keeps with the run. */
  readonly notes?: Readonly<Record<string, unknown>>;
  /** Of the team, when it was asked. */
  readonly tier: Tier;
};

const StoredRequestText = z.object({
  projectId: z.custom<ProjectId>((id) => typeof id === 'string').nullable(),
  agent: z
    .object({ id: z.custom<AgentId>((id) => typeof id === 'string'), version: z.int() })
    .nullable()
    .default(null),
  failover: z.object({
    onInterruption: z.enum(['fail', 'continue']).exactOptional(),
    fallbacks: z.enum(['default', 'none']).exactOptional(),
  }),
  isResumable: z.boolean(),
  isBackground: z.boolean().default(false),
  tier: z.enum(['free', 'pro', 'enterprise']),
});

/** Undefined for a run that cannot be executed again. */
export function readStoredRequest(stored: unknown): StoredRequest | undefined {
  const { data } = StoredRequestText.safeParse(stored);
  return data?.isResumable ? data : undefined;
}
