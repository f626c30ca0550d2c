import type { AgentResolver } from '#modules/agents';
import { isAppError } from '#platform/errors/app-error';
import type { Actor, Credential, Tier } from '#shared/actor';
import type { TeamId, UserId } from '#shared/ids';
import type { ModelPicker } from '../sessions/sessions.service.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { BuildRequest } from './build-request.ts';
import { cancelledEnding, lostEnding, type Ending } from './conclude-answer.ts';
import type { ExecuteRun } from './execute-run.ts';
import { replayAnswer } from './replay-answer.ts';
import type { LostRun } from './runs.repository.ts';
import { readStoredRequest, type StoredRequest } from './stored-request.ts';

export type AbsentActor = {
  readonly userId: UserId;
  readonly teamId: TeamId;
  readonly credential: Credential;
  readonly tier: Tier;
};

/** Who asked, with the rights that they have now. @throws UNAUTHORIZED, FORBIDDEN, NOT_FOUND where they have none */
export type ActAgain = (absent: AbsentActor) => Promise<Actor>;

export type ResumeRunDependencies = {
  readonly actAgain: ActAgain;
  readonly agents: AgentResolver;
  readonly pickModel: ModelPicker;
  readonly buildRequest: BuildRequest;
  readonly activeRuns: Pick<ActiveRuns, 'add'>;
  readonly executeRun: ExecuteRun;
};

/** Goes on with a run that another process left, from what was told; where that cannot be, how the run ends. */
export type ResumeRun = (run: LostRun, events: readonly string[]) => Promise<Ending | undefined>;

export function createResumeRun(dependencies: ResumeRunDependencies): ResumeRun {
  const { actAgain, agents, pickModel, buildRequest, activeRuns, executeRun } = dependencies;

  async function begin(
    run: LostRun,
    events: readonly string[],
    stored: StoredRequest,
  ): Promise<void> {
    const { request: _request, credential, question, traceId, ...identity } = run;
    const actor = await actAgain({ ...run, credential, tier: stored.tier });
    const model = await pickModel(run.teamId, run.model);
    const { projectId, failover, isBackground } = stored;
    const { id: agentId, version } = stored.agent ?? {};
    const agent = await agents.resolve(actor, { projectId, agentId, version });
    const former = replayAnswer(events);
    const named = { question, traceId, model, projectId, agent, failover, former };
    const asked = { ...named, isStream: true, canWait: true };
    const active = activeRuns.add({ ...identity, isBackground, formerEvents: events });
    void executeRun(active, buildRequest(actor, asked));
  }

  return async (run, events) => {
    const stored = readStoredRequest(run.request);
    if (!stored) return lostEnding();
    if (run.isCancelRequested) return cancelledEnding();
    try {
      await begin(run, events, stored);
      return undefined;
    } catch (error) {
      return isShutOut(error) ? cancelledEnding() : { ...lostEnding(), failure: error };
    }
  };
}

/** Whoever asked is not there any more, or not in the team. */
function isShutOut(error: unknown): boolean {
  return isAppError(error) && (error.kind === 'unauthenticated' || error.kind === 'forbidden');
}
