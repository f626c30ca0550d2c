import type { Actor } from '#shared/actor';
import type { ProviderKeyRecord } from './provider-keys.repository.ts';

type KeyEvent = {
  readonly action: 'provider_key.created' | 'provider_key.replaced' | 'provider_key.deleted';
  readonly target: { readonly type: 'provider_key'; readonly id: string };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
};

/** Where events are kept, in the transaction of what they tell of; who acted is the keeper's to describe. */
export type EventLog = { insert(actor: Actor, event: KeyEvent): Promise<void> };

export type KeyAudit = ReturnType<typeof createKeyAudit>;

type Change = {
  readonly action: KeyEvent['action'];
  readonly before?: ProviderKeyRecord;
  readonly after?: ProviderKeyRecord;
};

export function createKeyAudit(log: EventLog) {
  return {
    async record(actor: Actor, { action, before, after }: Change): Promise<void> {
      const id = (after ?? before)?.id ?? '';
      await log.insert(actor, {
        action,
        target: { type: 'provider_key', id },
        ...(before && { before: audited(before) }),
        ...(after && { after: audited(after) }),
      });
    },
  };
}

function audited({ teamId, provider, hint, baseUrl }: ProviderKeyRecord) {
  return { team_id: teamId, provider, hint, base_url: baseUrl };
}
