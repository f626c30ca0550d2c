import { chain, readPages } from '#platform/db/read-pages';
import type { TeamId, UserId } from '#shared/ids';
import type { ExportSubject, UserExporter } from '../account-export/user-exporter.ts';
import { NOTHING, type Leaver, type Pace, type UserEraser } from './user-eraser.ts';

/** Rows that are a user's alone, in whichever team: they go with the user, and with the teams that go. */
export type OwnRows = {
  countOf(leaver: Leaver): Promise<number>;
  /** Tells how many went, at most `limit`. */
  removeOf(leaver: Leaver, limit: number): Promise<number>;
};

type ListOwn = (
  userId: UserId,
  page: { readonly afterId: string; readonly limit: number },
) => Promise<readonly { readonly id: string }[]>;

/** Removes them; `table` is what they are counted as. */
export function createOwnRowsEraser(
  rows: () => OwnRows,
  { table, batch }: { readonly table: string; readonly batch: number },
): UserEraser {
  return {
    count: async (leaver: Leaver) => ({
      ...NOTHING,
      removed: { [table]: await rows().countOf(leaver) },
    }),
    async erase(leaver: Leaver, pace: Pace) {
      while ((await rows().removeOf(leaver, batch)) === batch) await pace();
    },
  };
}

/** Gives users theirs, in the teams that they are in, as the file `name`. */
export function createOwnRowsExporter(
  rowsOf: (teamId: TeamId) => { readonly listOwn: ListOwn },
  name: string,
): UserExporter {
  return {
    *entries({ userId, teamIds }: ExportSubject) {
      const records = chain(teamIds, (teamId) =>
        readPages((page) => rowsOf(teamId).listOwn(userId, page)),
      );
      yield { name, records };
    },
  };
}
