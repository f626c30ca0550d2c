import {
  METRIC_NAMES,
  readCollection,
  type MetricName,
  type RetrievalMode,
  type RetrievalReport,
} from '#modules/knowledge';
import { createDatabase } from '#platform/db/create-database';
import { AppError } from '#platform/errors/app-error';
import { compose } from './compose.ts';
import { migrateUp, prepareSchema } from './migrate.ts';
import { createPlatform, type Platform, type PlatformOptions } from './platform.ts';
import { createScratchProjectRepository } from './scratch-project.repository.ts';

export type EvaluateOptions = {
  readonly split: string;
  readonly mode?: string;
  readonly database?: boolean;
  readonly json?: boolean;
  readonly 'minNdcg@10'?: number;
  readonly 'minRecall@10'?: number;
  readonly 'minRecall@100'?: number;
  readonly minMrr?: number;
};

type Miss = { readonly metric: MetricName; readonly value: number; readonly floor: number };

const MODES: readonly RetrievalMode[] = ['lexical', 'vector', 'hybrid'];
const DIGITS = 4;
const TICKS = 20;

/** Measures retrieval on a collection, prints what came out, and fails under a floor. */
export async function evaluateRetrieval(
  options: PlatformOptions,
  folder: string,
  asked: EvaluateOptions,
): Promise<void> {
  const mode = readMode(asked.mode);
  const floors = readFloors(asked);
  const collection = await readCollection(folder, asked.split);
  const report = await withScratchPlatform(options, asked.database ?? false, (platform) =>
    measure(platform, { collection, mode }),
  );
  const misses = floors.flatMap(({ metric, floor }) => {
    const value = report.metrics[metric];
    return value >= floor ? [] : [{ metric, value, floor }];
  });
  process.stdout.write(
    asked.json ? `${JSON.stringify({ ...report, misses })}\n` : table(report, floors),
  );
  if (misses.length > 0) throw new AppError('invalid', misses.map(describeMiss).join('\n'));
}

type Measured = {
  readonly collection: Awaited<ReturnType<typeof readCollection>>;
  readonly mode: RetrievalMode | undefined;
};

async function measure(platform: Platform, { collection, mode }: Measured) {
  const { knowledge } = compose(platform);
  const scratch = createScratchProjectRepository(platform.database.forSystem());
  const project = await scratch.add();
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const input = { ...project, collection, mode, onProgress: createProgress() };
    return await knowledge.evaluation.evaluate(input, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    // What is in memory goes by itself, but for vectors that are elsewhere.
    if (!platform.database.isEmbedded || platform.config.vectors.store === 'chroma') {
      const { projectId: id, teamId } = project;
      await knowledge.eraseProject({ id, teamId });
      await scratch.remove(project);
    }
    await knowledge.close();
  }
}

async function withScratchPlatform<T>(
  options: PlatformOptions,
  isOnServer: boolean,
  work: (platform: Platform) => Promise<T>,
): Promise<T> {
  if (isOnServer && options.config.database.url === undefined)
    throw new AppError('invalid', '--database needs DATABASE_URL');
  const database = isOnServer
    ? undefined
    : await createDatabase({ kind: 'embedded', dataFolder: undefined }, options.telemetry);
  const platform = await createPlatform({ ...options, ...(database && { database }) });
  try {
    await (database ? migrateUp(platform) : prepareSchema(platform));
    return await work(platform);
  } finally {
    await platform.close();
    await database?.close();
  }
}

function readMode(mode: string | undefined): RetrievalMode | undefined {
  if (mode === undefined) return undefined;
  const found = MODES.find((name) => name === mode);
  if (found) return found;
  throw new AppError('invalid', `--mode is one of ${MODES.join(', ')}, and not "${mode}"`);
}

function readFloors(asked: EvaluateOptions) {
  const given = {
    'ndcg@10': asked['minNdcg@10'],
    'recall@10': asked['minRecall@10'],
    'recall@100': asked['minRecall@100'],
    mrr: asked.minMrr,
  };
  return METRIC_NAMES.flatMap((metric) => {
    const floor = given[metric];
    if (floor === undefined) return [];
    if (Number.isNaN(floor)) throw new AppError('invalid', `--min-${metric} is a number`);
    return [{ metric, floor }];
  });
}

/** Tells on standard error how far it is, about twenty times a step. */
function createProgress() {
  return (step: string, done: number, of: number): void => {
    const every = Math.max(1, Math.floor(of / TICKS));
    if (done % every !== 0 && done !== of) return;
    const end = process.stderr.isTTY && done !== of ? '\r' : '\n';
    process.stderr.write(`${step}: ${done} of ${of}${end}`);
  };
}

function table(
  { metrics, mode, texts, questions, searchMs }: RetrievalReport,
  floors: readonly Omit<Miss, 'value'>[],
): string {
  const rows = METRIC_NAMES.map((metric) => {
    const floor = floors.find((each) => each.metric === metric);
    const bound = floor ? `  floor ${floor.floor}` : '';
    return `${metric.padEnd('recall@100'.length)}  ${metrics[metric].toFixed(DIGITS)}${bound}`;
  });
  const times = `p50 ${searchMs.p50.toFixed(1)} ms, p95 ${searchMs.p95.toFixed(1)} ms`;
  return `${rows.join('\n')}\n${questions} questions over ${texts} texts, ${mode}; a search takes ${times}\n`;
}

function describeMiss({ metric, value, floor }: Miss): string {
  return `${metric} is ${value.toFixed(DIGITS)}, below the floor of ${floor}`;
}
