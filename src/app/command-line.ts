import { Command, InvalidArgumentError, Option } from 'commander';
import type { EvaluateOptions } from './evaluate-retrieval.ts';
import type { MigrateCommand } from './migrate-command.ts';
import { openEmbeddedCluster } from '#platform/db/embedded-cluster';
import type { Config } from '#platform/config/config';
import type { PlatformOptions } from './platform.ts';
import { withConfig } from './with-config.ts';

/** The `groundwork` command. Each command imports what it needs when it runs, after tracing has started. */
export function createCommandLine(): Command {
  const program = new Command('groundwork').description(
    'The backend of an AI product, in one service.',
  );

  program
    .command('serve')
    .description('migrate where that is set, serve HTTP and run jobs')
    .option('--no-jobs', 'leave the jobs to worker processes')
    .action(({ jobs }: { jobs: boolean }) =>
      run(
        async (options) => (await import('./serve.ts')).serve({ ...options, isWorking: jobs }),
        openAtOnce,
      ),
    );

  program
    .command('worker')
    .description('run jobs only')
    .action(() =>
      run(async (options) => (await import('./serve.ts')).runWorker(options), openAtOnce),
    );

  program
    .command('config')
    .description('print the settings in force, secrets masked')
    .action(() =>
      withConfig(async (config) => (await import('./print-config.ts')).printConfig(config)),
    );

  program
    .command('openapi')
    .description('print the OpenAPI document')
    .action(() =>
      run(async (options) => (await import('./print-openapi.ts')).printOpenApi(options)),
    );

  addIngestCommand(program);
  addMigrateCommands(program.command('migrate').description('change the database schema'));
  program
    .command('secrets')
    .description('keep secrets in the database')
    .command('rotate')
    .description('encrypt by the first key of ENCRYPTION_KEY what another one has encrypted')
    .action(() =>
      run(async (options) => (await import('./rotate-secrets.ts')).rotateSecrets(options)),
    );
  addUserCommands(program.command('user').description('manage users'));
  addRetrievalCommands(program.command('retrieval').description('measure retrieval'));
  return program;
}

type IngestFlags = { project: string; url: string; apiKey: string; concurrency: number };

/** A client of a running service: it needs no settings and no database of its own. */
function addIngestCommand(program: Command): void {
  program
    .command('ingest')
    .description('upload each file of a folder to a project of a running service')
    .argument('<folder>', 'also the folders in it are read')
    .requiredOption('--project <id>', 'the project that the documents go to')
    .addOption(
      new Option('--url <address>', 'where the service runs')
        .env('GROUNDWORK_URL')
        .default('http://127.0.0.1:8000'),
    )
    .addOption(
      new Option('--api-key <key>', 'with the scope write')
        .env('GROUNDWORK_API_KEY')
        .makeOptionMandatory(),
    )
    .option('--concurrency <number>', 'uploads at once, 1 to 16', uploadsAtOnce, 4)
    .action(async (folder: string, { project: projectId, ...flags }: IngestFlags) => {
      const { runIngest } = await import('./ingest-folder.ts');
      await runIngest({ ...flags, folder, projectId, output: process.stdout });
    });
}

function uploadsAtOnce(value: string): number {
  if (/^(?:[1-9]|1[0-6])$/.test(value)) return Number(value);
  throw new InvalidArgumentError('must be a whole number from 1 to 16');
}

function addMigrateCommands(migrate: Command): void {
  const add = (name: MigrateCommand, description: string) =>
    migrate
      .command(name)
      .description(description)
      .action(() =>
        run(async (options) =>
          (await import('./migrate-command.ts')).runMigrateCommand(options, name),
        ),
      );
  add('up', 'apply what is due');
  add('down', 'undo the last migration');
  add('status', 'list the migrations, and which are applied');
  add('dump', 'print the schema as SQL');
  migrate
    .command('new')
    .argument('<name>', 'what it does, such as add_labels')
    .description('scaffold a migration')
    .action(async (name: string) => (await import('./migrate.ts')).scaffold(name));
}

function addUserCommands(user: Command): void {
  user
    .command('create-admin')
    .description('create an administrator; the password is read from standard input')
    .requiredOption('--email <address>', 'where the administrator signs in')
    .action(({ email }: { email: string }) =>
      run(async (options) =>
        (await import('./create-admin.ts')).createAdmin({ ...options, email }),
      ),
    );
}

function addRetrievalCommands(retrieval: Command): void {
  retrieval
    .command('eval')
    .description('measure retrieval on a collection in the layout of BEIR')
    .argument('<folder>', 'with corpus.jsonl, queries.jsonl and qrels/')
    .option('--split <name>', 'which of qrels/ to ask', 'test')
    .option('--mode <mode>', 'lexical, vector or hybrid; without it, as searches are made')
    .option('--database', 'on DATABASE_URL, in a project that is removed again, and not in memory')
    .option('--json', 'print JSON')
    .option('--min-ndcg@10 <value>', 'exit with 1 below it', Number)
    .option('--min-recall@10 <value>', 'exit with 1 below it', Number)
    .option('--min-recall@100 <value>', 'exit with 1 below it', Number)
    .option('--min-mrr <value>', 'exit with 1 below it', Number)
    .action((folder: string, options: EvaluateOptions) =>
      run(async (platform) =>
        (await import('./evaluate-retrieval.ts')).evaluateRetrieval(platform, folder, options),
      ),
    );
}

type Run = (options: PlatformOptions) => Promise<void>;

function run(command: Run, openCluster?: (config: Config) => PlatformOptions['cluster']) {
  return withConfig(async (config) => {
    const cluster = openCluster?.(config);
    // Whoever needs it hears why it could not be opened; until then nobody does.
    cluster?.catch(() => {});
    const { startTelemetry } = await import('./telemetry.ts');
    await command({ config, telemetry: await startTelemetry(config), cluster });
  });
}

/** Opens the embedded database in a thread of its own, while everything else is read. */
function openAtOnce({ database, app }: Config): PlatformOptions['cluster'] {
  return database.url ? undefined : openEmbeddedCluster({ dataFolder: app.dataDirectory });
}
