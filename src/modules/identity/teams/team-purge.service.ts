import { teamScope, type UnitOfWork } from '#platform/db/database';
import { newId, type TeamId } from '#shared/ids';
import type { Leaver, UserEraser } from '../erasure/user-eraser.ts';
import type { TeamPurge } from './purge-teams.job.ts';
import type { TeamsRepository } from './teams.repository.ts';

export type TeamPurgeDependencies = {
  readonly allTeams: () => Pick<TeamsRepository, 'listDeleted'>;
  readonly unitOfWork: UnitOfWork<{ teams: Pick<TeamsRepository, 'purge'> }>;
};

const PURGE_BATCH = 1000;

/** Takes what deleted teams have by the erasers that also take what is a leaving user's. */
export function createTeamPurge({ allTeams, unitOfWork }: TeamPurgeDependencies) {
  const erasers: UserEraser[] = [];

  async function purge(id: TeamId, signal: AbortSignal): Promise<void> {
    const pace = async () => signal.throwIfAborted();
    for (const eraser of erasers) await eraser.erase(nobodyIn(id), pace);
    await unitOfWork.run(teamScope(id), ({ teams }) => teams.purge(id));
  }

  return {
    /** In the order in which they are to work: what refers before what is referred to. */
    addEraser(eraser: UserEraser): void {
      erasers.push(eraser);
    },

    async purgeDeleted(signal: AbortSignal): Promise<void> {
      const failures: unknown[] = [];
      for (const id of await allTeams().listDeleted(PURGE_BATCH)) {
        signal.throwIfAborted();
        // One that cannot go must not keep the others.
        await purge(id, signal).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'teams could not be purged');
    },
  } satisfies TeamPurge & { addEraser(eraser: UserEraser): void };
}

/** A team goes as if its only member left: one who has nothing elsewhere, so that nobody inherits. */
function nobodyIn(teamId: TeamId): Leaver {
  return {
    userId: newId(),
    email: undefined,
    subjects: [],
    teamIds: [teamId],
    heirOf: () => Promise.reject(new Error(`nobody left anything outside of team ${teamId}`)),
  };
}
