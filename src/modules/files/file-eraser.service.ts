import { NOTHING, type Leaver, type Pace, type UserEraser } from '#modules/identity';
import type { OwnedRows } from '#platform/db/owned-rows';
import type { AllFilesRepository } from './all-files.repository.ts';
import type { Storage } from './storage.ts';
import type { UploadsRepository } from './uploads/uploads.repository.ts';

export type FileEraserDependencies = {
  readonly ownedFiles: () => OwnedRows;
  readonly allFiles: () => Pick<AllFilesRepository, 'listOfTeams' | 'remove'>;
  readonly allUploads: () => Pick<
    UploadsRepository,
    'listOf' | 'countOf' | 'listParts' | 'removeParts' | 'remove'
  >;
  readonly storage: Pick<Storage, 'remove'>;
};

const BATCH = 50;

/**
 * Removes files with the teams that go, and hands those of other teams over; uploads that are under way end.
 * Each blob goes before its row, which after a crash still tells where it is.
 */
export function createUserFileEraser(dependencies: FileEraserDependencies): UserEraser {
  const { ownedFiles, allFiles, allUploads, storage } = dependencies;

  async function eraseUploads(leaver: Leaver, pace: Pace): Promise<void> {
    let uploads = await allUploads().listOf(leaver, BATCH);
    while (uploads.length > 0) {
      for (const { id } of uploads) {
        await pace();
        for (const part of await allUploads().listParts(id)) await storage.remove(part.storageKey);
        await allUploads().removeParts(id);
        await allUploads().remove(id);
      }
      uploads = await allUploads().listOf(leaver, BATCH);
    }
  }

  return {
    async count(leaver: Leaver) {
      const owned = ownedFiles();
      return {
        ...NOTHING,
        removed: {
          files: await owned.countOf(leaver.teamIds),
          uploads: await allUploads().countOf(leaver),
        },
        handedOver: { files: await owned.countElsewhere(leaver.userId, leaver.teamIds) },
      };
    },

    async erase(leaver: Leaver, pace: Pace) {
      const { userId, teamIds, heirOf } = leaver;
      await eraseUploads(leaver, pace);
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
