import { createTestDatabase } from './database.ts';

export type ProcessDatabase = {
  /** Settings that point a server process at the database; none for the embedded one in its data folder. */
  readonly settings: Readonly<Record<string, string>>;
  drop(): Promise<void>;
};

/** The database of a product that runs as a process of its own. */
export async function createProcessDatabase(): Promise<ProcessDatabase> {
  if (!process.env['TEST_DATABASE_URL']) return { settings: {}, drop: async () => undefined };
  const { url, close } = await createTestDatabase();
  return { settings: url ? { DATABASE_URL: url } : {}, drop: close };
}
