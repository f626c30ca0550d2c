import type { Clock } from '#platform/clock/clock';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import { AppError, invalid, notFound } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor, ApiKeyScope } from '#shared/actor';
import { newId, type ApiKeyId, type TeamId } from '#shared/ids';
import type { Page } from '#shared/page';
import { auditedActor } from '../audit/audit-entry.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { ApiKeyGrantService } from './api-key-grants.service.ts';
import { createApiKeyText, hashApiKey, prefixOf } from './api-key-text.ts';
import { assertMayMake, reachOf } from './api-keys.policy.ts';
import type {
  ApiKeyKind,
  ApiKeyListing,
  ApiKeyRecord,
  ApiKeysRepository,
} from './api-keys.repository.ts';
import type { ServiceUsersRepository } from './service-users.repository.ts';

export type CreateApiKeyInput = {
  readonly name: string;
  readonly kind: ApiKeyKind;
  readonly scopes: readonly ApiKeyScope[];
  readonly expiresAt: Date | null;
};

/** The only time that the key itself is seen. */
export type IssuedApiKey = { readonly apiKey: ApiKeyRecord; readonly token: string };

type Repositories = {
  readonly apiKeys: ApiKeysRepository;
  readonly serviceUsers: ServiceUsersRepository;
  readonly auditLog: Pick<AuditLogRepository, 'insert'>;
};

export type ApiKeyServiceDependencies = {
  readonly apiKeysOf: (teamId: TeamId) => Pick<ApiKeysRepository, 'find' | 'list'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly grants: Pick<ApiKeyGrantService, 'forget'>;
  readonly clock: Clock;
};

/** Each key has a rate limit of its own, so that without a bound of their number there were none. */
const MAX_KEYS = 50;

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

/** Keys of the caller's active team. */
export function createApiKeyService(dependencies: ApiKeyServiceDependencies) {
  const { apiKeysOf, unitOfWork, grants, clock } = dependencies;

  return {
    /** @throws FORBIDDEN, VALIDATION_ERROR for a time that is over, CONFLICT for one key too many */
    async create(actor: Actor, input: CreateApiKeyInput): Promise<IssuedApiKey> {
      assertMayMake(actor, input.kind);
      assertFuture(input.expiresAt, clock.now());
      const token = createApiKeyText();
      const apiKey = await unitOfWork.run(teamScope(actor.teamId), async (repositories) => {
        const inserted = await insert(repositories, { actor, input, token });
        await record(repositories, actor, { action: 'api_key.created', apiKey: inserted });
        return inserted;
      });
      return { apiKey, token };
    },

    async list(actor: Actor, listing: ApiKeyListing): Promise<Page<ApiKeyRecord>> {
      return apiKeysOf(actor.teamId).list(reachOf(actor), listing);
    },

    /** @throws NOT_FOUND */
    async get(actor: Actor, { id }: { readonly id: ApiKeyId }): Promise<ApiKeyRecord> {
      const apiKey = await apiKeysOf(actor.teamId).find(reachOf(actor), id);
      return apiKey ?? raiseNotFound(id);
    },

    /** @throws NOT_FOUND, FORBIDDEN */
    async rename(
      actor: Actor,
      { id, name }: { readonly id: ApiKeyId; readonly name: string },
    ): Promise<ApiKeyRecord> {
      return unitOfWork.run(teamScope(actor.teamId), async (repositories) => {
        const before = await repositories.apiKeys.find(reachOf(actor), id);
        if (!before) raiseNotFound(id);
        assertAllowed(actor, 'api_keys.change');
        const apiKey = (await repositories.apiKeys.rename(id, name)) ?? raiseNotFound(id);
        await record(repositories, actor, { action: 'api_key.renamed', apiKey });
        return apiKey;
      });
    },

    /** From then on the key is worth nothing, within seconds on every replica. @throws NOT_FOUND */
    async revoke(actor: Actor, { id }: { readonly id: ApiKeyId }): Promise<void> {
      const hash = await unitOfWork.run(teamScope(actor.teamId), async (repositories) => {
        const apiKey = await repositories.apiKeys.find(reachOf(actor), id);
        if (!apiKey) raiseNotFound(id);
        const removed = (await repositories.apiKeys.remove(id)) ?? raiseNotFound(id);
        await record(repositories, actor, { action: 'api_key.revoked', apiKey });
        return removed;
      });
      await grants.forget({ id, hash });
    },
  };
}

async function insert(
  { apiKeys, serviceUsers }: Repositories,
  { actor, input, token }: { actor: Actor; input: CreateApiKeyInput; token: string },
): Promise<ApiKeyRecord> {
  const { teamId } = actor;
  const isOfTeam = input.kind === 'team';
  const userId = isOfTeam ? await serviceUsers.ensure(teamId) : actor.userId;
  if ((await apiKeys.count({ teamId, userId })) >= MAX_KEYS) {
    throw new AppError('conflict', `There are ${MAX_KEYS} keys already: revoke one first`, {
      reason: 'api_key.too_many',
    });
  }
  return apiKeys.insert({
    ...input,
    id: newId<ApiKeyId>(),
    teamId,
    userId,
    createdById: actor.userId,
    prefix: prefixOf(token),
    hash: hashApiKey(token),
  });
}

async function record(
  { auditLog }: Repositories,
  actor: Actor,
  { action, apiKey }: { readonly action: `api_key.${string}`; readonly apiKey: ApiKeyRecord },
): Promise<void> {
  const { id, teamId, userId, name, kind, scopes, expiresAt } = apiKey;
  await auditLog.insert({
    ...auditedActor(actor),
    action,
    target: { type: 'api_key', id },
    [action === 'api_key.revoked' ? 'before' : 'after']: {
      team_id: teamId,
      user_id: userId,
      name,
      kind,
      scopes,
      expires_at: expiresAt,
    },
  });
}

function assertFuture(expiresAt: Date | null, now: Date): void {
  if (expiresAt === null || expiresAt > now) return;
  throw invalid([{ field: 'expires_at', message: 'Must lie in the future' }]);
}

function raiseNotFound(id: ApiKeyId): never {
  throw notFound('api_key', id);
}
