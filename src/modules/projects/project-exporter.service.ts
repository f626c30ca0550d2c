import type { ExportEntry, ExportSubject, UserExporter } from '#modules/identity';
import { chain, readPages } from '#platform/db/read-pages';
import type { TeamId } from '#shared/ids';
import type { OwnProjectsRepository } from './own-projects.repository.ts';

/** Gives users the projects that they own in teams they are in, those in the trash too. */
export function createUserProjectExporter(
  ownProjectsOf: (teamId: TeamId) => OwnProjectsRepository,
): UserExporter {
  return {
    *entries({ userId, teamIds }: ExportSubject): Iterable<ExportEntry> {
      const records = chain(teamIds, (teamId) =>
        readPages((page) => ownProjectsOf(teamId).list(userId, page)),
      );
      yield { name: 'projects.jsonl', records };
    },
  };
}
