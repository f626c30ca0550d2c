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

export type OwnTable = {
  /** What its rows are counted as. */
  readonly table: string;
  readonly rows: () => OwnRows;
  /** How many are removed at once. */
  readonly batch: number;
};

export type OwnFile = {
  readonly name: string;
  readonly rowsOf: (teamId: TeamId) => { readonly listOwn: ListOwn };
};

/** Removes them, one table after the other. */
export function createOwnRowsEraser(tables: readonly OwnTable[]): UserEraser {
  return {
    async count(leaver: Leaver) {
      const counts = tables.map(async ({ table, rows }) => [table, await rows().countOf(leaver)]);
      return { ...NOTHING, removed: Object.fromEntries(await Promise.all(counts)) };
    },
    async erase(leaver: Leaver, pace: Pace) {
      for (const { rows, batch } of tables)
        while ((await rows().removeOf(leaver, batch)) === batch) await pace();
    },
  };
}

/** Gives users theirs, in the teams that they are in, each table as a file. */
export function createOwnRowsExporter(files: readonly OwnFile[]): UserExporter {
  return {
    *entries({ userId, teamIds }: ExportSubject) {
      for (const { name, rowsOf } of files) {
        const records = chain(teamIds, (teamId) =>
          readPages((page) => rowsOf(teamId).listOwn(userId, page)),
        );
        yield { name, records };
      }
    },
  };
}
