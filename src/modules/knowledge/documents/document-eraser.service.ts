import { NOTHING, type Leaver, type Pace, type UserEraser } from '#modules/identity';
import type { DocumentPurgeService } from './document-purge.service.ts';
import type { TeamDocumentsRepository } from './team-documents.repository.ts';

export type UserDocumentEraserDependencies = {
  readonly teamDocuments: () => TeamDocumentsRepository;
  readonly documentPurge: Pick<DocumentPurgeService, 'eraseTeams'>;
};

/** Removes documents, chunks and postings with the teams that go; in other teams they belong to a project. */
export function createUserDocumentEraser({
  teamDocuments,
  documentPurge,
}: UserDocumentEraserDependencies): UserEraser {
  return {
    count: async ({ teamIds }: Leaver) => ({
      ...NOTHING,
      removed: await teamDocuments().count(teamIds),
    }),
    erase: ({ teamIds }: Leaver, pace: Pace) => documentPurge.eraseTeams(teamIds, pace),
  };
}
