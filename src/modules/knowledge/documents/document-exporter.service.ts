import type { ExportEntry, ExportSubject, UserExporter } from '#modules/identity';
import { chain, readPages } from '#platform/db/read-pages';
import type { TeamId } from '#shared/ids';
import type { OwnDocumentsRepository } from './own-documents.repository.ts';

/** Gives users the documents that they uploaded in teams they are in; their contents are among the files. */
export function createUserDocumentExporter(
  ownDocumentsOf: (teamId: TeamId) => OwnDocumentsRepository,
): UserExporter {
  return {
    *entries({ userId, teamIds }: ExportSubject): Iterable<ExportEntry> {
      const records = chain(teamIds, (teamId) =>
        readPages((page) => ownDocumentsOf(teamId).list(userId, page)),
      );
      yield { name: 'documents.jsonl', records };
    },
  };
}
