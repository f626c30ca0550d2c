import type { Tier } from '#shared/actor';
import type { TeamId, UserId } from '#shared/ids';

/** Whom an enabled flag is on for; without any member, everybody. */
export type FlagRule = {
  /** Teams of these tiers. */
  readonly plans?: readonly Tier[];
  /** Percent of those that `plans` lets in. */
  readonly share?: number;
  /** What is counted by `share`: teams stay together, or each user is for themselves. */
  readonly shareBy?: 'user' | 'team';
  /** On for these whatever the rest says. */
  readonly users?: readonly UserId[];
  readonly teams?: readonly TeamId[];
};

export type FlagState = {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly rule: FlagRule;
};
