import { describe, expect, it } from 'vitest';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { isFlagOn, type FlagSubject } from './evaluate-flag.ts';
import type { FlagRule } from './flag-rule.ts';

function somebody(changes: Partial<FlagSubject> = {}): FlagSubject {
  return { userId: newId<UserId>(), teamId: newId<TeamId>(), tier: 'free', ...changes };
}

const isOn = (rule: FlagRule, subject = somebody(), name = 'labs') =>
  isFlagOn({ name, isEnabled: true, rule }, subject);

describe('a feature flag', () => {
  it('without a rule is on for everybody, and off for all when it is not enabled', () => {
    const ada = somebody();
    expect(isOn({}, ada)).toBe(true);
    const rule = { users: [ada.userId] };
    expect(isFlagOn({ name: 'labs', isEnabled: false, rule }, ada)).toBe(false);
  });

  it('is on for the plans it names', () => {
    expect(isOn({ plans: ['pro'] }, somebody({ tier: 'pro' }))).toBe(true);
    expect(isOn({ plans: ['pro'] }, somebody({ tier: 'free' }))).toBe(false);
    expect(isOn({ plans: [] })).toBe(false);
  });

  it('is on for the users and teams it names, whatever the rest says', () => {
    const ada = somebody();
    const rest = { plans: ['enterprise'], share: 0 } as const;
    expect(isOn({ ...rest, users: [ada.userId] }, ada)).toBe(true);
    expect(isOn({ ...rest, teams: [ada.teamId] }, ada)).toBe(true);
    expect(isOn({ ...rest, users: [ada.userId] })).toBe(false);
  });

  it('that names users or teams alone is off for all others, also when nobody is left', () => {
    const ada = somebody();
    expect(isOn({ users: [ada.userId] })).toBe(false);
    expect(isOn({ teams: [] }, ada)).toBe(false);
  });

  it.each([0, 0.5, 10, 50, 100])('is on for about %s percent of the users', (share) => {
    const people = Array.from({ length: 4000 }, () => somebody());
    const percent = people.filter((person) => isOn({ share }, person)).length / 40;
    expect(Math.abs(percent - share)).toBeLessThan(3);
    expect(share === 0 || share === 100 ? percent : share).toBe(share);
  });

  it('keeps whom it let in when the share grows, and answers the same each time', () => {
    for (const person of Array.from({ length: 500 }, () => somebody())) {
      const answers = [10, 10, 30, 60, 100].map((share) => isOn({ share }, person));
      expect(answers).toEqual(answers.toSorted((one, other) => Number(one) - Number(other)));
      expect(answers[0]).toBe(answers[1]);
    }
  });

  it('takes a share of the plans it names', () => {
    const people = Array.from({ length: 2000 }, (_, index) =>
      somebody({ tier: index % 2 === 0 ? 'pro' : 'free' }),
    );
    const on = people.filter((person) => isOn({ plans: ['pro'], share: 50 }, person));
    expect(on.every(({ tier }) => tier === 'pro')).toBe(true);
    expect(on.length).toBeGreaterThan(400);
    expect(on.length).toBeLessThan(600);
  });

  it('keeps a team together when teams are counted', () => {
    const teamId = newId<TeamId>();
    const members = Array.from({ length: 50 }, () => somebody({ teamId }));
    const answers = members.map((member) => isOn({ share: 50, shareBy: 'team' }, member));
    expect(new Set(answers).size).toBe(1);
  });

  it('does not choose the same people as another flag', () => {
    const people = Array.from({ length: 1000 }, () => somebody());
    const both = people.filter(
      (person) => isOn({ share: 50 }, person, 'one') && isOn({ share: 50 }, person, 'other'),
    );
    expect(both.length).toBeGreaterThan(150);
    expect(both.length).toBeLessThan(350);
  });
});
