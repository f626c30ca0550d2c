import type { AgentRun, RetrievedPassage } from './agent-run.ts';

/** Finds the passages for the newest question. */
export async function retrieve(run: AgentRun): Promise<{ passages: readonly RetrievedPassage[] }> {
  return { passages: await run.retrieve(run.question, run.signal) };
}
