import type { Metrics } from '#platform/telemetry/metrics';
import {
  createCircuit,
  type Circuit,
  type CircuitSettings,
  type CircuitTarget,
  type CircuitView,
} from './circuit.ts';
import type { SharedCircuits } from './shared-circuits.ts';

/** Whether a call may be made, and what it has to tell. */
export type CircuitPass =
  | { readonly isGranted: false; readonly retryAfterSeconds: number }
  | {
      readonly isGranted: true;
      /** The model answers. */
      succeed(): void;
      fail(): Promise<void>;
      /** Given up before anything was learned. */
      leave(): void;
    };

/** Keeps calls away from a model that fails, for a while, on all replicas. */
export interface CircuitBreakers {
  enter(target: CircuitTarget): Promise<CircuitPass>;
  /** Whether this process knows the circuit to be open; nobody is asked. */
  isOpen(target: CircuitTarget): boolean;
}

export type CircuitBreakersDependencies = {
  readonly settings: CircuitSettings;
  readonly metrics: Pick<Metrics, 'llmCircuitState'>;
  /** Without it, and while Redis is gone, this process decides by what it has seen itself. */
  readonly shared?: SharedCircuits | undefined;
  /** Milliseconds by a clock that does not go back. */
  readonly nowMs?: () => number;
};

type KnownCircuit = {
  readonly target: CircuitTarget;
  readonly circuit: Circuit;
  /** When all replicas' view of it was last asked for. */
  askedAtMs: number;
};

/** So long a circuit that is closed stays so for this process, whatever others see. */
const VIEW_AGE_MS = 1000;
const MS_PER_SECOND = 1000;
/** More than there are models; teams with keys of their own add to them. */
const MAX_CIRCUITS = 10_000;
const STATE_VALUES = { closed: 0, half_open: 1, open: 2 } as const;

export function createCircuitBreakers(dependencies: CircuitBreakersDependencies): CircuitBreakers {
  const { settings, metrics, shared, nowMs = () => performance.now() } = dependencies;
  const circuits = new Map<string, KnownCircuit>();

  function knownCircuit(target: CircuitTarget): KnownCircuit {
    const key = keyOf(target);
    const known = circuits.get(key) ?? {
      target,
      circuit: createCircuit(settings),
      askedAtMs: Number.NEGATIVE_INFINITY,
    };
    // The one that was used longest ago goes first.
    circuits.delete(key);
    circuits.set(key, known);
    const [oldest] = circuits.keys();
    if (circuits.size > MAX_CIRCUITS && oldest !== undefined) circuits.delete(oldest);
    return known;
  }

  async function look(known: KnownCircuit): Promise<CircuitView> {
    const now = nowMs();
    const leftMs = known.circuit.leftMs(now);
    if (leftMs !== undefined && leftMs > 0) return { state: 'open', leftMs };
    const isFresh = leftMs === undefined && now - known.askedAtMs < VIEW_AGE_MS;
    if (!shared || isFresh) return known.circuit.enter(now);
    known.askedAtMs = now;
    return lookTogether(known, shared);
  }

  async function lookTogether(known: KnownCircuit, all: SharedCircuits): Promise<CircuitView> {
    const view = await all.enter(known.target).catch(() => undefined);
    if (!view) return known.circuit.enter(nowMs());
    known.circuit.learn(nowMs(), leftOf(view));
    return view;
  }

  function leftOf(view: CircuitView): number | undefined {
    if (view.state === 'open') return view.leftMs;
    return view.state === 'half_open' ? settings.openMs : undefined;
  }

  function show({ target }: KnownCircuit, state: keyof typeof STATE_VALUES): void {
    const { provider, model, owner } = target;
    // A team that has a bad key says nothing about the model.
    if (owner === undefined) metrics.llmCircuitState.set({ provider, model }, STATE_VALUES[state]);
  }

  async function fail(known: KnownCircuit, isProbe: boolean): Promise<void> {
    known.circuit.fail(nowMs(), { isProbe });
    const leftMs = await shared?.fail(known.target, { isProbe }).catch(() => undefined);
    if (leftMs !== undefined) known.circuit.learn(nowMs(), leftMs);
    show(known, known.circuit.leftMs(nowMs()) === undefined ? 'closed' : 'open');
  }

  function close(known: KnownCircuit): void {
    known.circuit.close();
    void shared?.close(known.target).catch(() => undefined);
    show(known, 'closed');
  }

  function handBack(known: KnownCircuit): void {
    known.circuit.handBack(nowMs());
    void shared?.handBack(known.target).catch(() => undefined);
    show(known, 'open');
  }

  return {
    isOpen(target) {
      return (circuits.get(keyOf(target))?.circuit.leftMs(nowMs()) ?? 0) > 0;
    },

    async enter(target) {
      const known = knownCircuit(target);
      const view = await look(known);
      show(known, view.state);
      if (view.state === 'open') {
        return { isGranted: false, retryAfterSeconds: Math.ceil(view.leftMs / MS_PER_SECOND) };
      }
      let isProbe = view.state === 'half_open';
      const endProbe = (end: (known: KnownCircuit) => void) => {
        if (isProbe) end(known);
        isProbe = false;
      };
      return {
        isGranted: true,
        succeed: () => endProbe(close),
        leave: () => endProbe(handBack),
        async fail() {
          const failure = fail(known, isProbe);
          isProbe = false;
          await failure;
        },
      };
    },
  };
}

function keyOf({ provider, model, owner }: CircuitTarget): string {
  return JSON.stringify([provider, model, owner ?? null]);
}
