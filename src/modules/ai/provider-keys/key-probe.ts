import type { KeyedProvider } from './keyed-provider.ts';
import type { Connection } from '../providers/model-provider.ts';

export const PROBE_OUTCOMES = ['valid', 'refused', 'unreachable'] as const;

export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

/** Asks a provider for what costs nothing, to see whether it takes a key. */
export interface KeyProbe {
  probe(
    provider: KeyedProvider,
    connection: Connection,
    signal: AbortSignal,
  ): Promise<ProbeOutcome>;
}
