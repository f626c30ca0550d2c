import { describe, expect, it } from 'vitest';
import { newId, type AuthSessionId, type UserId } from '#shared/ids';
import { TEAM_ROLES } from '#shared/team-permissions';
import { buildActor } from '#test/http-app';
import { assertMayMake, reachOf } from './api-keys.policy.ts';

describe('who may make a key', () => {
  it('is whoever writes, and for the team whoever manages it', () => {
    const allowedFor = (kind: 'personal' | 'team') =>
      TEAM_ROLES.filter((teamRole) => {
        try {
          assertMayMake(buildActor({ teamRole }), kind);
          return true;
        } catch {
          return false;
        }
      });
    expect(allowedFor('personal')).toEqual(['owner', 'admin', 'member']);
    expect(allowedFor('team')).toEqual(['owner', 'admin']);
  });

  it('is nobody who acts in another’s name: the key would outlive that', () => {
    const authSessionId = newId<AuthSessionId>();
    const impersonatorId = newId<UserId>();
    const actor = buildActor({ credential: { kind: 'session', authSessionId, impersonatorId } });
    for (const kind of ['personal', 'team'] as const) {
      expect(() => assertMayMake(actor, kind)).toThrow('Only the user in person may do this');
    }
  });

  it('sees their own, and where they manage the team everybody’s', () => {
    const [member, admin] = [buildActor({ teamRole: 'member' }), buildActor({ teamRole: 'admin' })];
    expect(reachOf(member)).toEqual({ teamId: member.teamId, userId: member.userId });
    expect(reachOf(admin)).toEqual({ teamId: admin.teamId, userId: undefined });
  });
});
