import type { Logger } from '#platform/telemetry/logger';
import type { ApiKeyId } from '#shared/ids';
import type { ApiKeysRepository } from './api-keys.repository.ts';

export type ApiKeyUsage = ReturnType<typeof createApiKeyUsage>;

export type ApiKeyUsageDependencies = {
  readonly allApiKeys: () => Pick<ApiKeysRepository, 'markUsed'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** How long uses are gathered before they are written together. */
  readonly gatherMs?: number;
};

const MINUTE_SECONDS = 60;
const MINUTE_MS = 60_000;
const GATHER_MS = 5000;
/** Beyond it all is forgotten, which costs each key one write more. */
const MAX_KNOWN_KEYS = 50_000;

/** Remembers when keys were last used, off the way of requests and at most once a minute each. */
export function createApiKeyUsage(dependencies: ApiKeyUsageDependencies) {
  const { allApiKeys, logger, gatherMs = GATHER_MS } = dependencies;
  const recorded = new Map<ApiKeyId, number>();
  const waiting = new Map<ApiKeyId, Date>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const uses = [...waiting].map(([id, at]) => ({ id, at }));
    if (uses.length === 0) return;
    waiting.clear();
    try {
      await allApiKeys().markUsed(uses, MINUTE_SECONDS);
    } catch (error) {
      // The next use within a minute would not be told again, so these wait for it.
      for (const { id, at } of uses) if (!waiting.has(id)) waiting.set(id, at);
      logger.warn({ err: error }, 'uses of API keys not written');
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  }

  return {
    record(id: ApiKeyId, at: Date): void {
      const before = recorded.get(id) ?? 0;
      if (at.getTime() - before < MINUTE_MS) return;
      if (recorded.size >= MAX_KNOWN_KEYS) recorded.clear();
      recorded.set(id, at.getTime());
      waiting.set(id, at);
      timer ??= setTimeout(() => void flush(), gatherMs).unref();
    },

    /** Writes what was gathered; the last thing before the database closes. */
    flush,
  };
}
