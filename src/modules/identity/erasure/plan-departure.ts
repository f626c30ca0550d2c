import type { TeamId } from '#shared/ids';

/** A team of somebody who leaves, with what the others in it are. */
export type Membership = {
  readonly teamId: TeamId;
  readonly hasOthers: boolean;
  readonly hasOtherOwner: boolean;
};

export type Departure = {
  /** Their only member leaves. */
  readonly goingWith: readonly TeamId[];
  readonly staying: readonly TeamId[];
  /** Of those that stay: nobody is left to own them. */
  readonly ownerless: readonly TeamId[];
};

/** What becomes of each team when a member leaves for good. */
export function planDeparture(memberships: readonly Membership[]): Departure {
  const idsOf = (chosen: readonly Membership[]) => chosen.map(({ teamId }) => teamId);
  const staying = memberships.filter(({ hasOthers }) => hasOthers);
  return {
    goingWith: idsOf(memberships.filter(({ hasOthers }) => !hasOthers)),
    staying: idsOf(staying),
    ownerless: idsOf(staying.filter(({ hasOtherOwner }) => !hasOtherOwner)),
  };
}
