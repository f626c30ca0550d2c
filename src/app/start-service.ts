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

/** Migrates where that is set, then serves HTTP and, where `isWorking`, runs jobs. */
export async function startService(
  platform: Platform,
  { isWorking }: { readonly isWorking: boolean },
): Promise<RunningService> {
  const { config, database, queue } = platform;
  await prepareSchema(platform);
  const modules = compose(platform);
  const app = await createHttp(platform, modules);
  await queue.start({ work: isWorking });
  await modules.chat.start({ isOnlyProcess: database.isEmbedded });
  await modules.usage.spending.start({ isOnlyProcess: database.isEmbedded });
  await modules.providerKeys.reportUnreadable();
  const gauges = watchGauges(platform);
  const spendGauges = watchSpendGauges(platform);
  const url = await app.listen({ host: config.app.host, port: config.app.port });

  return {
    url,
    modules,
    async stop(graceSeconds = config.app.shutdownGraceSeconds) {
      await Promise.all([
        app.drain(graceSeconds * 1000),
        modules.chat.drain(graceSeconds),
        queue.stop(graceSeconds),
      ]);
      modules.usage.spending.stop();
      gauges.stop();
      spendGauges.stop();
      await modules.identity.close();
      await modules.knowledge.close();
      await platform.close();
    },
  };
}
