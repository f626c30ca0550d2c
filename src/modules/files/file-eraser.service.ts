import { NOTHING, type Leaver, type Pace, type UserEraser } from '#modules/identity';
import type { OwnedRows } from '#platform/db/owned-rows';
import type { FilesRepository } from './files.repository.ts';
import type { Storage } from './storage.ts';

export type FileEraserDependencies = {
  readonly ownedFiles: () => OwnedRows;
  readonly allFiles: () => Pick<FilesRepository, 'listOfTeams' | 'remove'>;
  readonly storage: Pick<Storage, 'remove'>;
};

const BATCH = 50;

/** Removes files with the teams that go, and hands those of other teams over. */
export function createUserFileEraser(dependencies: FileEraserDependencies): UserEraser {
  const { ownedFiles, allFiles, storage } = dependencies;
  return {
    async count({ userId, teamIds }: Leaver) {
      const owned = ownedFiles();
      return {
        ...NOTHING,
        removed: { files: await owned.countOf(teamIds) },
        handedOver: { files: await owned.countElsewhere(userId, teamIds) },
      };
    },

    /** Each blob goes before its row, which after a crash still tells where it is. */
    async erase({ userId, teamIds, heirOf }: Leaver, pace: Pace) {
      let files = await allFiles().listOfTeams(teamIds, BATCH);
      while (files.length > 0) {
        await pace();
        for (const { storageKey } of files) await storage.remove(storageKey);
        await allFiles().remove(files.map(({ id }) => id));
        files = await allFiles().listOfTeams(teamIds, BATCH);
      }
      await ownedFiles().handOver({ from: userId, heirOf, pace });
    },
  };
}
