import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { ApiKeyScope } from '#shared/actor';
import type { ApiKeyId, TeamId, UserId } from '#shared/ids';
import type { ApiKeyRecord } from './api-keys.repository.ts';
import type { IssuedApiKey } from './api-keys.service.ts';

const MAX_NAME_LENGTH = 255;
const MAX_PREFIX_LENGTH = 64;
const SCOPES = ['read', 'write', 'worker'] as const satisfies readonly ApiKeyScope[];

const name = text(MAX_NAME_LENGTH).min(1).describe('Name, as people see it');
const kind = z.enum(['personal', 'team']);
const scope = z.enum(SCOPES);

export const ApiKeyParams = z.object({ id: uuid<ApiKeyId>() });

export const ApiKeyCreate = z
  .strictObject({
    name,
    kind: kind
      .default('personal')
      .describe(
        '`personal` acts as its user, with the rights they have now; `team` acts as a member of the team, and outlives who made it',
      ),
    scopes: z
      .array(scope)
      .min(1)
      .max(SCOPES.length)
      .refine(isPossible, 'A key for workers has the scope "worker" alone')
      .transform(completeScopes)
      .describe('`write` includes `read`; `worker` stands alone'),
    expires_at: timestamp.nullish().describe('It never expires without'),
  })
  .meta({ id: 'ApiKeyCreate' });

export const ApiKeyUpdate = z.strictObject({ name }).meta({ id: 'ApiKeyUpdate' });

export const ApiKeyFilter = listQuery({
  sort: ['created_at', 'name', 'last_used_at'],
  default: '-created_at',
}).extend({
  kind: kind.optional(),
  prefix: text(MAX_PREFIX_LENGTH).min(1).optional().describe('The beginning of the key'),
});

export const ApiKeyResponse = z
  .object({
    id: uuid<ApiKeyId>(),
    team_id: uuid<TeamId>(),
    user_id: uuid<UserId>()
      .nullable()
      .describe('Whom a personal key acts as; null for a key of the team'),
    created_by_id: uuid<UserId>().nullable().describe('Null once its maker is erased'),
    kind,
    name: z.string(),
    prefix: z.string().describe('The beginning of the key, by which to know it again'),
    scopes: z.array(scope),
    expires_at: timestamp.nullable(),
    last_used_at: timestamp.nullable().describe('To the minute'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'ApiKeyResponse' });

export const IssuedApiKeyResponse = ApiKeyResponse.extend({
  key: z.string().describe('The key itself: shown now and never again'),
}).meta({ id: 'IssuedApiKeyResponse' });

export const ApiKeyListResponse = pageOf(ApiKeyResponse).meta({ id: 'ApiKeyListResponse' });

export function presentApiKey(apiKey: ApiKeyRecord): z.input<typeof ApiKeyResponse> {
  return {
    id: apiKey.id,
    team_id: apiKey.teamId,
    user_id: apiKey.kind === 'personal' ? apiKey.userId : null,
    created_by_id: apiKey.createdById,
    kind: apiKey.kind,
    name: apiKey.name,
    prefix: apiKey.prefix,
    scopes: [...apiKey.scopes],
    expires_at: apiKey.expiresAt,
    last_used_at: apiKey.lastUsedAt,
    created_at: apiKey.createdAt,
    updated_at: apiKey.updatedAt,
  };
}

export function presentIssuedApiKey({
  apiKey,
  token,
}: IssuedApiKey): z.input<typeof IssuedApiKeyResponse> {
  return { ...presentApiKey(apiKey), key: token };
}

function isPossible(scopes: readonly ApiKeyScope[]): boolean {
  return !scopes.includes('worker') || scopes.every((other) => other === 'worker');
}

function completeScopes(scopes: readonly ApiKeyScope[]): readonly ApiKeyScope[] {
  return SCOPES.filter(
    (one) => scopes.includes(one) || (one === 'read' && scopes.includes('write')),
  );
}
