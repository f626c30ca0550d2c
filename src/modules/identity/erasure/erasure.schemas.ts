import { z } from 'zod';
import { timestamp, uuid } from '#platform/http/schema-parts';
import type { ErasureId } from '#shared/ids';
import { PasswordInput } from '../users/users.schemas.ts';
import type { ErasureRecord } from './erasures.repository.ts';

const MAX_KIND_LENGTH = 63;
const counts = z.record(z.string().max(MAX_KIND_LENGTH), z.int().min(0));

export const AccountErase = z
  .strictObject({
    current_password: PasswordInput.optional().describe('Required of an account that has one'),
  })
  .meta({ id: 'AccountErase' });

export const ErasureParams = z.object({ id: uuid<ErasureId>() });

export const ErasureResponse = z
  .object({
    id: uuid(),
    status: z
      .enum(['running', 'done'])
      .describe('`done`: nothing of the account is left, neither rows nor files'),
    removed: counts.describe('How many of each kind go, or are gone, by the name of the table'),
    handed_over: counts.describe('What stays with teams that have other members, under an owner'),
    finished_at: timestamp.nullable(),
  })
  .meta({ id: 'ErasureResponse' });

export function presentErasure({
  id,
  tally,
  finishedAt,
}: ErasureRecord): z.input<typeof ErasureResponse> {
  return {
    id,
    status: finishedAt === null ? 'running' : 'done',
    removed: tally?.removed ?? {},
    handed_over: tally?.handedOver ?? {},
    finished_at: finishedAt,
  };
}
