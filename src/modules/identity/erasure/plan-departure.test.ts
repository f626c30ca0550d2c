import { expect, it } from 'vitest';
import { newId, type TeamId } from '#shared/ids';
import { planDeparture } from './plan-departure.ts';

it('takes teams along that have nobody else, and finds those that would have no owner', () => {
  const [alone, owned, ownerless] = [newId<TeamId>(), newId<TeamId>(), newId<TeamId>()];
  expect(
    planDeparture([
      { teamId: alone, hasOthers: false, hasOtherOwner: false },
      { teamId: owned, hasOthers: true, hasOtherOwner: true },
      { teamId: ownerless, hasOthers: true, hasOtherOwner: false },
    ]),
  ).toEqual({ goingWith: [alone], staying: [owned, ownerless], ownerless: [ownerless] });
});
