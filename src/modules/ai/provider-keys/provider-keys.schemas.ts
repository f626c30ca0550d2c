import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { ProviderKeyId, TeamId, UserId } from '#shared/ids';
import { KEYED_PROVIDERS } from './keyed-provider.ts';
import { PROBE_OUTCOMES, type ProbeOutcome } from './key-probe.ts';
import type { ProviderKeyRecord } from './provider-keys.repository.ts';

const MIN_KEY_LENGTH = 4;
const MAX_KEY_LENGTH = 512;
const MAX_URL_LENGTH = 512;

const provider = z.enum(KEYED_PROVIDERS);
/** Whatever a header can carry. */
const key = z
  .string()
  .min(MIN_KEY_LENGTH)
  .max(MAX_KEY_LENGTH)
  .regex(/^[\x21-\x7e]+$/, 'Must be printable ASCII characters without spaces')
  .describe("The provider's key; no answer ever shows it");
const baseUrl = text(MAX_URL_LENGTH)
  .min(1)
  .describe(
    'Where a server of your own answers, for `openai` and `litellm`: a public address, such as `https://models.example.com/v1`. Without it the address that the service is set up with',
  );

export const ProviderKeyParams = z.object({ id: uuid<ProviderKeyId>() });

export const ProviderKeyCreate = z
  .strictObject({ provider, key, base_url: baseUrl.nullish() })
  .meta({ id: 'ProviderKeyCreate' });

export const ProviderKeyUpdate = z
  .strictObject({
    key,
    base_url: baseUrl.nullish().describe('As it was where it is not given; null removes it'),
  })
  .meta({ id: 'ProviderKeyUpdate' });

export const ProviderKeyFilter = listQuery({
  sort: ['created_at'],
  default: '-created_at',
}).extend({ provider: provider.optional() });

export const ProviderKeyResponse = z
  .object({
    id: uuid<ProviderKeyId>(),
    team_id: uuid<TeamId>(),
    provider,
    hint: z.string().describe('The last four characters of the key; empty for a short one'),
    base_url: z.string().nullable(),
    created_by_id: uuid<UserId>().nullable().describe('Null once its maker is erased'),
    last_used_at: timestamp.nullable().describe('To the minute'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'ProviderKeyResponse' });

export const ProviderKeyListResponse = pageOf(ProviderKeyResponse).meta({
  id: 'ProviderKeyListResponse',
});

export const ProviderKeyVerificationResponse = z
  .object({
    status: z
      .enum(PROBE_OUTCOMES)
      .describe('`unreachable` too where what answered was no such provider'),
  })
  .meta({ id: 'ProviderKeyVerificationResponse' });

export function presentProviderKey(record: ProviderKeyRecord): z.input<typeof ProviderKeyResponse> {
  return {
    id: record.id,
    team_id: record.teamId,
    provider: record.provider,
    hint: record.hint,
    base_url: record.baseUrl,
    created_by_id: record.createdById,
    last_used_at: record.lastUsedAt,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

export function presentVerification(
  status: ProbeOutcome,
): z.input<typeof ProviderKeyVerificationResponse> {
  return { status };
}
