import type { RedisConnection } from '#platform/cache/redis';
import type { Metrics } from '#platform/telemetry/metrics';
import type { ChatModel } from '../chat-model.ts';
import type { FailoverCandidate } from './begin-answer.ts';
import { createCircuitBreakers } from './circuit-breakers.ts';
import { createFailoverModel } from './failover-model.ts';
import { createSharedCircuits } from './shared-circuits.ts';

export type RoutingSettings = {
  /** As `provider/model`, in the order in which they are asked. */
  readonly fallbacks: readonly string[];
  readonly hedgeAfterMs?: number | undefined;
  readonly circuitFailures: number;
  readonly circuitWindowSeconds: number;
  readonly circuitOpenSeconds: number;
};

export type RoutesDependencies = {
  readonly settings: RoutingSettings;
  readonly metrics: Pick<Metrics, 'llmCircuitState'>;
  readonly redis?: RedisConnection | undefined;
};

export type Routes = ReturnType<typeof createRoutes>;

const MS_PER_SECOND = 1000;
/** It answers from passages alone, so it can only begin anew. */
const BUILTIN_PROVIDER = 'builtin';

/** Makes chains of models, all of which see the same circuits. */
export function createRoutes({ settings: routing, metrics, redis }: RoutesDependencies) {
  const settings = {
    failures: routing.circuitFailures,
    windowMs: routing.circuitWindowSeconds * MS_PER_SECOND,
    openMs: routing.circuitOpenSeconds * MS_PER_SECOND,
  };
  const shared = redis && createSharedCircuits({ redis, settings });
  const circuits = createCircuitBreakers({ settings, metrics, shared });
  return {
    circuits,

    /** Goes by the name of its first; a model that comes twice is asked once. `keyOwner` is who brought the keys. */
    chain(
      models: readonly [ChatModel, ...ChatModel[]],
      keyOwner?: (model: ChatModel) => string | undefined,
    ): ChatModel {
      const candidate = (model: ChatModel): FailoverCandidate => ({
        model,
        keyOwner: keyOwner?.(model),
        canContinue: model.provider !== BUILTIN_PROVIDER,
      });
      const [first, ...rest] = models;
      const others = rest.filter(
        (model, index) => !models.slice(0, index + 1).some((former) => isSame(former, model)),
      );
      return createFailoverModel({
        name: first.name,
        candidates: [candidate(first), ...others.map(candidate)],
        circuits,
        hedgeAfterMs: routing.hedgeAfterMs,
      });
    },
  };
}

function isSame(one: ChatModel, other: ChatModel): boolean {
  return one.provider === other.provider && one.name === other.name;
}
