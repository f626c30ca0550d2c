import type { TeamId, UserId } from '#shared/ids';
import type { EmailAddress } from '../users/parse-email.ts';

/** How many of each kind of thing, by the name of its table. */
export type Counts = Readonly<Record<string, number>>;

/** What an erasure does, counted before it begins. */
export type ErasureTally = {
  readonly removed: Counts;
  /** What stays with a team that has other members, under one of its owners. */
  readonly handedOver: Counts;
};

/** A user who is about to go. */
export type Leaver = {
  readonly userId: UserId;
  /** Undefined for a user without one. */
  readonly email: EmailAddress | undefined;
  /** What issuers call them. */
  readonly subjects: readonly string[];
  /** Teams that go with them; in any other team others are left. */
  readonly teamIds: readonly TeamId[];
  /** Who takes over what they made in a team that stays. */
  readonly heirOf: (teamId: TeamId) => Promise<UserId>;
};

/** To be called between two steps: throws when the erasing has to stop for now. */
export type Pace = () => Promise<void>;

/** What a module holds of users; each that holds something gives one to `erasures.addEraser`. */
export interface UserEraser {
  count(leaver: Leaver): Promise<ErasureTally>;
  /** Takes what is there, in bounded steps. It is called anew after a crash, and finds less. */
  erase(leaver: Leaver, pace: Pace): Promise<void>;
}

export const NOTHING: ErasureTally = { removed: {}, handedOver: {} };

/** Adds up tallies, without the kinds that count nothing. */
export function addTallies(tallies: readonly ErasureTally[]): ErasureTally {
  return {
    removed: addCounts(tallies.map(({ removed }) => removed)),
    handedOver: addCounts(tallies.map(({ handedOver }) => handedOver)),
  };
}

function addCounts(all: readonly Counts[]): Counts {
  const sums = new Map<string, number>();
  for (const counts of all) {
    for (const [kind, count] of Object.entries(counts)) {
      if (count > 0) sums.set(kind, (sums.get(kind) ?? 0) + count);
    }
  }
  return Object.fromEntries([...sums].toSorted(([one], [other]) => one.localeCompare(other)));
}
