import { AppError } from '#platform/errors/app-error';
import type { App } from '#platform/http/app';
import { compose, type Modules } from './compose.ts';
import { watchGauges } from './watch-gauges.ts';
import { watchSpendGauges } from './watch-spend-gauges.ts';
import { createHttp } from './http.ts';
import { prepareSchema } from './migrate.ts';
import type { Platform } from './platform.ts';

export type RunningService = {
  readonly url: string;
  readonly modules: Modules;
  /** Ends in order: no new work, running work up to the grace time, then everything closes. */
  stop(graceSeconds?: number): Promise<void>;
};

/** By the system's name of them. */
const ADDRESS_PROBLEMS = new Map<unknown, string>([
  ['EADDRINUSE', 'is in use: stop what listens there, or set PORT to another'],
  ['EACCES', 'is not for this user: set PORT to one above 1023'],
  ['EADDRNOTAVAIL', 'is none of this machine: set HOST to one that is, or to 0.0.0.0 for all'],
]);

type Address = { readonly host: string; readonly port: number };

/**
 * Migrates where that is set, then serves HTTP and, where `isWorking`, runs jobs.
 * @throws CONFLICT `address_unusable`
 */
export async function startService(
  platform: Platform,
  { isWorking }: { readonly isWorking: boolean },
): Promise<RunningService> {
  const { config, queue } = platform;
  await prepareSchema(platform);
  const modules = compose(platform);
  // The server is built while the database works.
  const [, app] = await Promise.all([startUpkeep(platform, modules), buildHttp(platform, modules)]);
  const gauges = watchGauges(platform, modules);
  const spendGauges = watchSpendGauges(platform);

  async function stop(graceSeconds = config.app.shutdownGraceSeconds): Promise<void> {
    await Promise.all([
      app.drain(graceSeconds * 1000),
      modules.chat.drain(graceSeconds),
      queue.stop(graceSeconds),
    ]);
    await modules.usage.spending.stop();
    gauges.stop();
    spendGauges.stop();
    await modules.identity.close();
    await modules.knowledge.close();
    await platform.close();
  }

  try {
    const url = await listen(app, config.app);
    if (isWorking) {
      await queue.work();
      modules.knowledge.start();
    }
    return { url, modules, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(app: App, { host, port }: Address): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const problem = ADDRESS_PROBLEMS.get(code);
    if (problem === undefined) throw error;
    const message = `The address ${host}:${port} ${problem}`;
    throw new AppError('conflict', message, { reason: 'address_unusable', cause: error });
  }
}

async function buildHttp(platform: Platform, modules: Modules): Promise<App> {
  const app = await createHttp(platform, modules);
  await app.ready();
  return app;
}

/** What needs the database, in order. */
async function startUpkeep(platform: Platform, modules: Modules): Promise<void> {
  const isOnlyProcess = platform.database.isEmbedded;
  await platform.queue.start();
  await modules.chat.start({ isOnlyProcess });
  await modules.usage.spending.start({ isOnlyProcess });
  await modules.secrets.reportUnreadable();
}
