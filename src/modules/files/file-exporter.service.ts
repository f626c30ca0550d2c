import type { Readable } from 'node:stream';
import type { ExportEntry, ExportSubject, UserExporter } from '#modules/identity';
import { chain, readPages } from '#platform/db/read-pages';
import { isAppError } from '#platform/errors/app-error';
import type { TeamId } from '#shared/ids';
import { nameInArchive } from './name-in-archive.ts';
import type { OwnFilesRepository } from './own-files.repository.ts';
import type { Storage } from './storage.ts';

export type FileExporterDependencies = {
  readonly ownFilesOf: (teamId: TeamId) => OwnFilesRepository;
  readonly storage: Pick<Storage, 'read'>;
};

/** Gives users the files that they own in teams they are in: a list of them, and each as it was uploaded. */
export function createUserFileExporter(dependencies: FileExporterDependencies): UserExporter {
  const { ownFilesOf, storage } = dependencies;

  const filesOf = ({ userId, teamIds }: ExportSubject) =>
    chain(teamIds, (teamId) => readPages((page) => ownFilesOf(teamId).list(userId, page)));

  async function* describe(subject: ExportSubject): AsyncGenerator<object> {
    for await (const { storage_key: _, ...file } of filesOf(subject))
      yield { ...file, path: nameInArchive(file) };
  }

  /** Undefined for a file that was purged after it was listed. */
  async function open(storageKey: string): Promise<Readable | undefined> {
    try {
      return await storage.read(storageKey);
    } catch (error) {
      if (isAppError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  return {
    async *entries(subject: ExportSubject): AsyncGenerator<ExportEntry> {
      yield { name: 'files.jsonl', records: describe(subject) };
      for await (const file of filesOf(subject))
        yield { name: nameInArchive(file), open: () => open(file.storage_key) };
    },
  };
}
