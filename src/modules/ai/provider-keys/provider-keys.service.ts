import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, invalid, notFound } from '#platform/errors/app-error';
import type { HttpClient } from '#platform/http-client/http-client';
import type { SecretBox } from '#platform/secrets/secret-box';
import type { Actor } from '#shared/actor';
import { newId, type ProviderKeyId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import type { KeyAudit } from './key-audit.ts';
import type { KeyProbe, ProbeOutcome } from './key-probe.ts';
import { SELF_HOSTED, type KeyedProvider } from './keyed-provider.ts';
import type { Keyring, KeyringDependencies } from './keyring.service.ts';
import { assertMayChange, assertMayRead } from './provider-keys.policy.ts';
import type {
  KeyContent,
  ProviderKeyListing,
  ProviderKeyRecord,
  ProviderKeysRepository,
} from './provider-keys.repository.ts';
import { placeOf } from './seal-key.ts';

export type CreateProviderKeyInput = {
  readonly provider: KeyedProvider;
  readonly key: string;
  readonly baseUrl: string | null;
};

type OfKey = { readonly id: ProviderKeyId };

/** A new key for a new address too: else whoever may change the address could have the old key sent to it. */
export type ReplaceProviderKeyInput = OfKey & {
  readonly key: string;
  /** As it was where it is undefined. */
  readonly baseUrl: string | null | undefined;
};

type Repositories = { readonly keys: ProviderKeysRepository; readonly audit: KeyAudit };

export type ProviderKeyServiceDependencies = {
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly keysOf: (teamId: TeamId) => Pick<ProviderKeysRepository, 'find' | 'list'>;
  readonly keyring: Pick<Keyring, 'connect' | 'forget'>;
  readonly probe: KeyProbe;
  readonly secretBox: SecretBox;
  readonly httpClient: Pick<HttpClient, 'assertAllowed'>;
  readonly deployment: KeyringDependencies['deployment'];
};

const HINT_LENGTH = 4;
/** Of a shorter key the hint would tell too much. */
const LEAST_HINTED_LENGTH = 16;

export type ProviderKeyService = ReturnType<typeof createProviderKeyService>;

/** The keys that a team brings for providers of models. */
export function createProviderKeyService(dependencies: ProviderKeyServiceDependencies) {
  const { unitOfWork, keysOf, keyring, probe, secretBox, httpClient, deployment } = dependencies;

  function assertAddress(provider: KeyedProvider, baseUrl: string | null): void {
    if (baseUrl === null) return assertHasAddress(provider);
    if (!SELF_HOSTED.has(provider)) {
      throw invalid([{ field: 'base_url', message: `Keys of ${provider} take no address` }]);
    }
    httpClient.assertAllowed(baseUrl, 'base_url');
    if (/[?#]/.test(baseUrl)) {
      throw invalid([{ field: 'base_url', message: 'Must have neither query nor fragment' }]);
    }
  }

  /** There is no vendor whose address could be taken. */
  function assertHasAddress(provider: KeyedProvider): void {
    if (provider !== 'litellm' || deployment(provider).baseUrl !== undefined) return;
    throw invalid([{ field: 'base_url', message: 'Is required for litellm here' }]);
  }

  function contentOf(row: OfKey & { teamId: TeamId }, key: string, baseUrl: string | null) {
    const hint = key.length < LEAST_HINTED_LENGTH ? '' : key.slice(-HINT_LENGTH);
    const sealedKey = secretBox.seal(key, placeOf(row));
    return { sealedKey, hint, baseUrl } satisfies KeyContent;
  }

  async function getKey({ teamId }: Actor, { id }: OfKey): Promise<ProviderKeyRecord> {
    return (await keysOf(teamId).find(id)) ?? raiseNotFound(id);
  }

  /** What belongs to no one of the team is not there, whatever the caller's role. */
  async function change(
    actor: Actor,
    { id }: OfKey,
    work: (repositories: Repositories, before: ProviderKeyRecord) => Promise<void>,
  ): Promise<void> {
    await unitOfWork.run(teamScope(actor.teamId), async (repositories) => {
      const before = (await repositories.keys.find(id)) ?? raiseNotFound(id);
      assertMayChange(actor);
      await work(repositories, before);
    });
    await keyring.forget(actor.teamId);
  }

  return {
    /** @throws FORBIDDEN, VALIDATION_ERROR, DUPLICATE for a second key of a provider */
    async create(actor: Actor, input: CreateProviderKeyInput): Promise<ProviderKeyRecord> {
      assertMayChange(actor);
      assertAddress(input.provider, input.baseUrl);
      const { userId, teamId } = actor;
      const row = { id: newId<ProviderKeyId>(), teamId };
      const content = contentOf(row, input.key, input.baseUrl);
      const key = { ...row, ...content, provider: input.provider, createdById: userId };
      const created = await unitOfWork.run(teamScope(teamId), async ({ keys, audit }) => {
        const inserted = (await keys.insert(key)) ?? raiseDuplicate(input.provider);
        await audit.record(actor, { action: 'provider_key.created', after: inserted });
        return inserted;
      });
      await keyring.forget(teamId);
      return created;
    },

    /** @throws FORBIDDEN */
    async list(
      actor: Actor,
      listing: Omit<ProviderKeyListing, 'teamId'>,
    ): Promise<Page<ProviderKeyRecord>> {
      assertMayRead(actor);
      return keysOf(actor.teamId).list({ ...listing, teamId: actor.teamId });
    },

    /** @throws NOT_FOUND, FORBIDDEN */
    async get(actor: Actor, { id }: OfKey): Promise<ProviderKeyRecord> {
      const key = await getKey(actor, { id });
      assertMayRead(actor);
      return key;
    },

    /** Holds within seconds on every replica. @throws NOT_FOUND, FORBIDDEN, VALIDATION_ERROR */
    async replace(actor: Actor, input: ReplaceProviderKeyInput): Promise<ProviderKeyRecord> {
      await change(actor, input, async ({ keys, audit }, before) => {
        const baseUrl = input.baseUrl === undefined ? before.baseUrl : input.baseUrl;
        assertAddress(before.provider, baseUrl);
        const content = contentOf(before, input.key, baseUrl);
        const after = (await keys.replace(before.id, content)) ?? raiseNotFound(before.id);
        await audit.record(actor, { action: 'provider_key.replaced', before, after });
      });
      return getKey(actor, input);
    },

    /** Models are called with the key of the service from then on. @throws NOT_FOUND, FORBIDDEN */
    async remove(actor: Actor, { id }: OfKey): Promise<void> {
      await change(actor, { id }, async ({ keys, audit }, before) => {
        await keys.remove(id);
        await audit.record(actor, { action: 'provider_key.deleted', before });
      });
    },

    /** Asks the provider whether it takes the key. @throws NOT_FOUND, FORBIDDEN, SERVICE_UNAVAILABLE */
    async verify(actor: Actor, { id }: OfKey, signal: AbortSignal): Promise<ProbeOutcome> {
      const { provider } = await getKey(actor, { id });
      assertMayChange(actor);
      return probe.probe(provider, await keyring.connect(actor.teamId, provider), signal);
    },
  };
}

function raiseDuplicate(provider: KeyedProvider): never {
  throw new AppError('duplicate', `The team has a key of ${provider} already; replace that one`, {
    reason: 'provider_key.exists',
  });
}

function raiseNotFound(id: ProviderKeyId): never {
  throw notFound('provider_key', id);
}
