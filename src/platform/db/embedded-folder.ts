import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataFolder } from './data-folder-lock.ts';

export type EmbeddedFolder = {
  /** Where the engine keeps its files. */
  readonly cluster: string;
  /** Where a cluster went whose creation had been interrupted. */
  readonly setAside: string | undefined;
  /** Says that the cluster is whole; without it, the next start begins anew. */
  markCreated(): void;
  release(): void;
};

/** Takes the folder, and clears away a cluster that was never finished. */
export function claimEmbeddedFolder(folder: string): EmbeddedFolder {
  const lock = lockDataFolder(folder);
  const cluster = join(folder, 'cluster');
  const created = join(folder, 'created');
  const isHalfMade = existsSync(cluster) && !existsSync(created);
  const setAside = isHalfMade ? `${cluster}.interrupted-${Date.now()}` : undefined;
  if (setAside) renameSync(cluster, setAside);
  mkdirSync(cluster, { recursive: true });
  return {
    cluster,
    setAside,
    markCreated: () => writeFileSync(created, '', { flush: true }),
    release: () => lock.release(),
  };
}
