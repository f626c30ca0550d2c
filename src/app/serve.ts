import { findWarnings } from '#platform/config/check-requirements';
import type { Config } from '#platform/config/config';
import type { Logger } from '#platform/telemetry/logger';
import { renderBanner } from './banner.ts';
import { bannerFacts } from './banner-facts.ts';
import { createPlatform, type PlatformOptions } from './platform.ts';
import { shedGarbage } from './shed-garbage.ts';
import type { RunningService } from './start-service.ts';

// Shedding halts the process for a tenth of a second: not while it is being waited for.
const SETTLED_MS = 3000;

/** Serves until the process is asked to end. */
export async function serve(
  options: PlatformOptions & { readonly isWorking: boolean },
): Promise<void> {
  const { config } = options;
  // The database opens in a thread of its own while the modules are read.
  const [platform, { startService }] = await Promise.all([
    createPlatform(options),
    import('./start-service.ts'),
  ]);
  const service = await startService(platform, options);
  setTimeout(shedGarbage, SETTLED_MS).unref();
  endOnSignal(platform.logger, () => service.stop());
  for (const warning of findWarnings(config)) platform.logger.warn(warning);
  const setupToken = await findSetupToken(service, config);
  if (config.log.format === 'console') {
    const facts = { ...bannerFacts(config, config.app.publicUrl), setupToken };
    process.stdout.write(`${renderBanner(facts)}\n`);
    return;
  }
  platform.logger.info({ url: service.url }, 'serving');
  if (setupToken) platform.logger.warn(`no administrator yet; the setup token is ${setupToken}`);
}

/** Only a token that we made has to be told: its reader shows that the log of the start is theirs. */
async function findSetupToken(
  { modules }: RunningService,
  { auth }: Config,
): Promise<string | undefined> {
  return auth.setupToken === undefined ? modules.identity.setup.findToken() : undefined;
}

/** Runs jobs, takes up the runs of processes that died, and serves nothing, until the process is asked to end. */
export async function runWorker(options: PlatformOptions): Promise<void> {
  const { config } = options;
  const [platform, { compose }, { prepareSchema }] = await Promise.all([
    createPlatform(options),
    import('./compose.ts'),
    import('./migrate.ts'),
  ]);
  await prepareSchema(platform);
  const modules = compose(platform);
  await modules.secrets.reportUnreadable();
  await platform.queue.start();
  const { isEmbedded: isOnlyProcess } = platform.database;
  await modules.chat.start({ isOnlyProcess });
  await modules.usage.spending.start({ isOnlyProcess });
  await platform.queue.work();
  modules.knowledge.start();
  setTimeout(shedGarbage, SETTLED_MS).unref();
  platform.logger.info('running jobs');
  endOnSignal(platform.logger, async () => {
    const graceSeconds = config.app.shutdownGraceSeconds;
    await Promise.all([modules.chat.drain(graceSeconds), platform.queue.stop(graceSeconds)]);
    await modules.usage.spending.stop();
    await modules.knowledge.close();
    await platform.close();
  });
}

/** The first signal, or an error nobody caught, drains; a second signal ends the process at once. */
function endOnSignal(logger: Logger, stop: () => Promise<void>): void {
  let isEnding = false;

  function end(exitCode: number): void {
    if (isEnding) process.exit(1);
    isEnding = true;
    stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not end in order');
        process.exit(1);
      },
    );
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      logger.fatal({ err: error }, 'an error that nobody caught');
      end(1);
    });
  }
}
