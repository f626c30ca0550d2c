import { z } from 'zod';
import type { AdministeredUser, Impersonation, UserChanges } from '#modules/identity';
import { listQuery, numeric, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { TeamId, UserId } from '#shared/ids';

/** The index knows texts by three letters at a time. */
const MIN_SEARCH_LENGTH = 3;
const MAX_SEARCH_LENGTH = 200;

const role = z.enum(['user', 'admin']);
const tier = z.enum(['free', 'pro', 'enterprise']);

export const AdminUserParams = z.object({ id: uuid<UserId>() });

export const AdminUserFilter = listQuery({
  sort: ['created_at', 'email'],
  default: '-created_at',
}).extend({
  search: text(MAX_SEARCH_LENGTH)
    .min(MIN_SEARCH_LENGTH)
    .optional()
    .describe('Part of the address, the username or the names, in whatever case'),
  role: role.optional(),
  tier: tier.optional(),
  is_active: z.stringbool().optional(),
  created_from: timestamp.optional().describe('Registered at this time or later'),
  created_to: timestamp.optional().describe('Registered before this time'),
});

const MICROS = 1_000_000;
const MAX_BUDGET = 1_000_000_000;
const budget = numeric().min(0).max(MAX_BUDGET);

export const AdminUserUpdate = z
  .strictObject({
    role: role.optional(),
    tier: tier.optional(),
    monthly_cost_budget: budget.nullable().optional().describe('Null takes the budget away'),
  })
  .meta({ id: 'AdminUserUpdate' });

/** The budget as it is kept, in millionths. */
export function readUserUpdate({
  monthly_cost_budget: told,
  ...changes
}: z.output<typeof AdminUserUpdate>): UserChanges {
  const kept = typeof told === 'number' ? Math.round(told * MICROS) : told;
  return { ...changes, monthlyCostBudget: kept };
}

export const AdminUserResponse = z
  .object({
    id: uuid<UserId>(),
    email: z.string().nullable(),
    username: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    role,
    tier: tier.describe('Tier of the personal team'),
    is_active: z.boolean(),
    personal_team_id: uuid<TeamId>(),
    email_verified_at: timestamp.nullable(),
    must_reset_password: z.boolean(),
    monthly_cost_budget: z
      .number()
      .nullable()
      .describe('What they may spend a month in all teams, in the currency of the service'),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'AdminUserResponse' });

export const AdminUserListResponse = pageOf(AdminUserResponse).meta({
  id: 'AdminUserListResponse',
});

const MAX_PURPOSE_LENGTH = 500;

export const ImpersonationRequest = z
  .strictObject({
    purpose: text(MAX_PURPOSE_LENGTH).nullish().describe('What it is for; the audit log keeps it'),
  })
  .nullish()
  .meta({ id: 'ImpersonationRequest' });

export const ImpersonationResponse = z
  .object({
    access_token: z.string().describe('Its claim `impersonator_id` names the administrator'),
    token_type: z.literal('bearer'),
    expires_in: z.int().describe('In seconds; there is no refresh'),
    user: AdminUserResponse,
  })
  .meta({ id: 'ImpersonationResponse' });

export function presentImpersonation(
  impersonation: Impersonation,
): z.input<typeof ImpersonationResponse> {
  return {
    access_token: impersonation.accessToken,
    token_type: 'bearer',
    expires_in: impersonation.expiresInSeconds,
    user: presentAdminUser(impersonation.user),
  };
}

export function presentAdminUser(user: AdministeredUser): z.input<typeof AdminUserResponse> {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    role: user.role,
    tier: user.tier,
    is_active: user.isActive,
    personal_team_id: user.personalTeamId,
    email_verified_at: user.emailVerifiedAt,
    must_reset_password: user.mustResetPassword,
    monthly_cost_budget: user.monthlyCostBudget === null ? null : user.monthlyCostBudget / MICROS,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
}
