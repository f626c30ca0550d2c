import { hash } from 'node:crypto';
import type { Actor } from '#shared/actor';
import type { FlagRule, FlagState } from './flag-rule.ts';

export type FlagSubject = Pick<Actor, 'userId' | 'teamId' | 'tier'>;

const BUCKETS = 10_000;
const BUCKETS_PER_PERCENT = BUCKETS / 100;

/** Whether a flag is on for somebody: the same answer each time, and for whoever was in a smaller share. */
export function isFlagOn({ name, isEnabled, rule }: FlagState, subject: FlagSubject): boolean {
  if (!isEnabled) return false;
  if (isNamed(rule, subject)) return true;
  const { plans, share } = rule;
  if (plans === undefined && share === undefined) return !namesAnybody(rule);
  if (plans !== undefined && !plans.includes(subject.tier)) return false;
  return share === undefined || isInShare(name, { share, id: countedId(rule, subject) });
}

function isNamed({ users, teams }: FlagRule, { userId, teamId }: FlagSubject): boolean {
  return (users?.includes(userId) ?? false) || (teams?.includes(teamId) ?? false);
}

/** Lists that are there, if empty, are a choice: then it is on for nobody. */
function namesAnybody({ users, teams }: FlagRule): boolean {
  return users !== undefined || teams !== undefined;
}

function countedId({ shareBy }: FlagRule, { userId, teamId }: FlagSubject): string {
  return shareBy === 'team' ? teamId : userId;
}

function isInShare(name: string, { share, id }: { share: number; id: string }): boolean {
  const bucket = hash('sha256', `${name}:${id}`, 'buffer').readUInt32BE() % BUCKETS;
  return bucket < share * BUCKETS_PER_PERCENT;
}
