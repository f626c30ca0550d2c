import { Command } from 'commander';
import type { MigrateCommand } from './migrate-command.ts';
import type { PlatformOptions } from './platform.ts';
import { withConfig } from './with-config.ts';
import { startTelemetry } from './telemetry.ts';

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
      run(async (options) => (await import('./serve.ts')).serve({ ...options, isWorking: jobs })),
    );

  program
    .command('worker')
    .description('run jobs only')
    .action(() => run(async (options) => (await import('./serve.ts')).runWorker(options)));

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
  return program;
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

function run(command: (options: PlatformOptions) => Promise<void>): Promise<void> {
  return withConfig(async (config) => command({ config, telemetry: await startTelemetry(config) }));
}
