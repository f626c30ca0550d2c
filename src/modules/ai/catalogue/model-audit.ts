import type { Actor } from '#shared/actor';
import type { ModelOverlay } from './overlay-models.ts';

type ModelEvent = {
  readonly action: `model.${'created' | 'updated' | 'deleted'}`;
  readonly target: { readonly type: 'model'; readonly id: string };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
};

/** Where events are kept, in the transaction of what they tell of; who acted is the keeper's to describe. */
export type ModelEventLog = { insert(actor: Actor, event: ModelEvent): Promise<void> };

export type ModelChange = {
  readonly action: ModelEvent['action'];
  readonly before?: ModelOverlay | undefined;
  readonly after?: ModelOverlay | undefined;
};

export async function auditModel(
  log: ModelEventLog,
  actor: Actor,
  { action, before, after }: ModelChange,
): Promise<void> {
  const id = (after ?? before)?.id ?? '';
  await log.insert(actor, {
    action,
    target: { type: 'model', id },
    ...(before && { before: membersOf(before) }),
    ...(after && { after: membersOf(after) }),
  });
}

/** By the names that they have on the wire; what is as built in is left out. */
function membersOf(model: ModelOverlay): Readonly<Record<string, unknown>> {
  const members = {
    provider: model.provider,
    name: model.name,
    team_id: model.teamId,
    enabled: model.isEnabled,
    description: model.description,
    context_tokens: model.contextTokens,
    complexity: model.complexity,
    abilities: model.abilities,
    prompt_price_micros: model.promptPriceMicros,
    cached_price_micros: model.cachedPriceMicros,
    completion_price_micros: model.completionPriceMicros,
    base: model.base,
    traffic_share: model.trafficShare,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
