import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import type {
  DirectoryEntry,
  DirectoryFilter,
  DirectoryListing,
  DirectoryRepository,
} from './directory.repository.ts';

export type { DirectoryEntry, DirectoryListing, DirectoryOrder } from './directory.repository.ts';
export type AgentDirectory = ReturnType<typeof createAgentDirectory>;

const ONE = { order: { column: 'id', direction: 'asc' }, limit: 1, offset: 0 } as const;

/** Who in a team can be asked, over all its projects. */
export function createAgentDirectory(directoryOf: (teamId: TeamId) => DirectoryRepository) {
  return {
    /** By the id of an agent or a project. @throws NOT_FOUND */
    async get({ teamId }: Actor, { id }: { readonly id: string }): Promise<DirectoryEntry> {
      const [found] = await directoryOf(teamId).list({ ...ONE, id });
      if (!found) throw notFound('assistant', id);
      return found;
    },

    list: ({ teamId }: Actor, listing: DirectoryListing) => directoryOf(teamId).list(listing),

    count: ({ teamId }: Actor, filter: DirectoryFilter) => directoryOf(teamId).count(filter),
  };
}
