import { beforeEach, describe, expect, it } from 'vitest';
import { newId, type TeamId } from '#shared/ids';
import { NOTHING, type Leaver, type UserEraser } from '../erasure/user-eraser.ts';
import { createTeamPurge } from './team-purge.service.ts';

const NEVER = new AbortController().signal;

let deleted: Set<TeamId>;
let erased: Leaver[];

beforeEach(() => {
  deleted = new Set([newId<TeamId>(), newId<TeamId>(), newId<TeamId>()]);
  erased = [];
});

function buildPurge(eraser: Partial<UserEraser> = {}) {
  const purge = createTeamPurge({
    allTeams: () => ({ listDeleted: async () => [...deleted] }),
    unitOfWork: {
      run: (_scope, work) => work({ teams: { purge: async (id) => void deleted.delete(id) } }),
    },
  });
  purge.addEraser({
    count: async () => NOTHING,
    erase: async (leaver) => void erased.push(leaver),
    ...eraser,
  });
  return purge;
}

describe('the purge of deleted teams', () => {
  it('has all that they have erased, as of a user whom nobody is, before the teams go', async () => {
    const ids = [...deleted];
    const purge = buildPurge({
      async erase(leaver) {
        expect(leaver.teamIds.every((id) => deleted.has(id))).toBe(true);
        erased.push(leaver);
      },
    });
    await purge.purgeDeleted(NEVER);
    expect(erased.map(({ teamIds }) => teamIds)).toEqual(ids.map((id) => [id]));
    expect(new Set(erased.map(({ userId }) => userId)).size).toBe(ids.length);
    expect(deleted.size).toBe(0);
  });

  it('goes on after a team that cannot go, and fails in the end', async () => {
    const [stuck] = deleted;
    const purge = buildPurge({
      async erase({ teamIds }) {
        if (teamIds[0] === stuck) throw new Error('not now');
      },
    });
    await expect(purge.purgeDeleted(NEVER)).rejects.toThrow('teams could not be purged');
    expect([...deleted]).toEqual([stuck]);
  });

  it('stops between two teams when its job is over', async () => {
    const over = new AbortController();
    const purge = buildPurge({ erase: async () => over.abort() });
    await expect(purge.purgeDeleted(over.signal)).rejects.toThrow('aborted');
    expect(deleted.size).toBe(2);
  });
});
