import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SingleBar } from 'cli-progress';
import createLimit from 'p-limit';
import { uploadFile, type UploadTarget } from './upload-file.ts';

export type IngestOptions = UploadTarget & {
  readonly folder: string;
  /** Uploads at once. */
  readonly concurrency: number;
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

export type IngestSummary = {
  readonly uploaded: number;
  readonly duplicates: number;
  readonly failures: readonly { readonly path: string; readonly message: string }[];
};

/** Uploads each file of a folder and of those in it to a project of a running service. */
export async function ingestFolder(options: IngestOptions): Promise<IngestSummary> {
  const { folder, concurrency, output } = options;
  const paths = await listFiles(folder);
  const bar = new SingleBar({
    stream: output,
    format: '{bar} {value}/{total} files  {eta_formatted} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    // Without a terminal there is nobody to watch a bar.
    noTTYOutput: false,
  });
  bar.start(paths.length, 0);
  const limit = createLimit(concurrency);
  const failures: { path: string; message: string }[] = [];
  const counts = { uploaded: 0, duplicate: 0 };
  const uploads = paths.map((path) =>
    limit(async () => {
      const outcome = await uploadFile(options, path);
      if (outcome.kind === 'failed')
        failures.push({ path: relative(folder, path), message: outcome.message });
      else counts[outcome.kind] += 1;
      bar.increment();
    }),
  );
  await Promise.all(uploads);
  bar.stop();
  return { uploaded: counts.uploaded, duplicates: counts.duplicate, failures };
}

/** Runs the command: prints what came of it, and fails where a file did. */
export async function runIngest(options: IngestOptions): Promise<void> {
  const { output } = options;
  try {
    const { uploaded, duplicates, failures } = await ingestFolder(options);
    for (const { path, message } of failures) output.write(`${path}: ${message}\n`);
    const said = [
      `${uploaded} uploaded`,
      `${duplicates} there already`,
      `${failures.length} failed`,
    ];
    output.write(`${said.join(', ')}\n`);
    if (failures.length > 0) process.exitCode = 1;
  } catch (error) {
    output.write(`${error instanceof Error ? error.message : 'failed'}\n`);
    process.exitCode = 1;
  }
}

/** In the order of their paths; files and folders whose names begin with a dot are nobody's documents. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) paths.push(...(await listFiles(path)));
    if (entry.isFile()) paths.push(path);
  }
  return paths;
}
