import { closeSync, fdatasyncSync, fstatSync, fsyncSync, openSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Node = { readonly name: string };
type OpenFile = { readonly nfd?: number; readonly node: Node };
type EngineModule = {
  FS: {
    filesystems: {
      NODEFS: {
        realPath(node: Node): string;
        stream_ops: { fsync?: (file: OpenFile) => number };
      };
    };
  };
};

type Options = {
  /** What did not change since then is on the disk already. */
  readonly syncedAtMs: number;
  readonly onSync: () => void;
};

/**
 * The data folder, with fsync reaching the disk: the library's own file system ignores it,
 * so a commit would only be in the page cache when it is acknowledged.
 */
export class DurableNodeFs extends NodeFS {
  readonly #options: Options;

  constructor(folder: string, options: Options) {
    super(folder);
    this.#options = options;
  }

  override async init(
    database: PGlite,
    options: Parameters<NodeFS['init']>[1],
  ): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(database, options);
    const { syncedAtMs, onSync } = this.#options;
    const addSync = ({ FS }: EngineModule) => {
      const { NODEFS } = FS.filesystems;
      NODEFS.stream_ops.fsync = ({ nfd, node }) => {
        onSync();
        if (nfd === undefined) syncDirectory(NODEFS.realPath(node));
        // After a crash the engine syncs every file there is, one by one. The times of a file, which
        // fdatasync leaves out, are of no use to recovery.
        else if (fstatSync(nfd).ctimeMs >= syncedAtMs) fdatasyncSync(nfd);
        return 0;
      };
    };
    const preRun = [...(emscriptenOpts.preRun ?? []), addSync];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

/** The engine does not open directories itself, yet a renamed file is only safe once its directory is. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
