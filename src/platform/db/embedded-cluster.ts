import { join } from 'node:path';
import { claimEmbeddedFolder } from './embedded-folder.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';

export type EmbeddedCluster = EmbeddedPostgres & {
  /** Where a cluster went whose creation had been interrupted. */
  readonly setAside: string | undefined;
};

export type ClusterSettings = {
  /** The folder of all of the product's data; without one the cluster lives in memory. */
  readonly dataFolder: string | undefined;
  /** A dumped data folder to start an empty one from. */
  readonly seed?: Uint8Array<ArrayBuffer> | undefined;
};

/**
 * Starts the embedded Postgres on files that this process alone may use. It imports next to nothing, so that the start
 * of a process can begin with it. @throws CONFLICT where another process uses them
 */
export async function openEmbeddedCluster({
  dataFolder,
  seed,
}: ClusterSettings): Promise<EmbeddedCluster> {
  if (dataFolder === undefined) {
    const postgres = await startEmbeddedPostgres({ folder: undefined, seed });
    return { ...postgres, setAside: undefined };
  }
  const claim = claimEmbeddedFolder(join(dataFolder, 'postgres'));
  try {
    const postgres = await startEmbeddedPostgres({ folder: claim.cluster, seed });
    claim.markCreated();
    return {
      ...postgres,
      setAside: claim.setAside,
      async close() {
        await postgres.close();
        claim.release();
      },
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}
