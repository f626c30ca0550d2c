import { z } from 'zod';
import { listQuery, numeric, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { FeatureFlagId, TeamId, UserId } from '#shared/ids';
import type { FeatureFlagRecord } from './feature-flags.repository.ts';
import type { FlagRule } from './flag-rule.ts';

const MAX_NAME_LENGTH = 100;
const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_LISTED = 1000;
const WHOLE_PERCENT = 100;

const name = text(MAX_NAME_LENGTH)
  .regex(/^[a-z][a-z0-9_.-]*$/, 'Must begin with a letter and hold a-z, 0-9, "_", "." and "-" only')
  .describe('What the code asks for');
const description = text(MAX_DESCRIPTION_LENGTH).nullable();

export const FeatureFlagRule = z
  .strictObject({
    plans: z
      .array(z.enum(['free', 'pro', 'enterprise']))
      .max(3)
      .optional()
      .describe('On for teams of these tiers'),
    share: numeric()
      .min(0)
      .max(WHOLE_PERCENT)
      .optional()
      .describe('Percent of those that `plans` lets in; who is in stays in when it grows'),
    share_by: z.enum(['user', 'team']).optional().describe('What is counted; `user` by default'),
    users: z
      .array(uuid<UserId>())
      .max(MAX_LISTED)
      .optional()
      .describe('On for these users, whatever the rest says'),
    teams: z
      .array(uuid<TeamId>())
      .max(MAX_LISTED)
      .optional()
      .describe('On for these teams, whatever the rest says'),
  })
  .describe('Whom an enabled flag is on for; without members, everybody')
  .meta({ id: 'FeatureFlagRule' });

export const FeatureFlagParams = z.object({ id: uuid<FeatureFlagId>() });

export const FeatureFlagFilter = listQuery({ sort: ['name', 'created_at'], default: 'name' });

export const FeatureFlagCreate = z
  .strictObject({
    name,
    description: description.optional(),
    enabled: z.boolean().default(false),
    rule: FeatureFlagRule.default({}),
  })
  .meta({ id: 'FeatureFlagCreate' });

export const FeatureFlagUpdate = z
  .strictObject({
    description: description.optional(),
    enabled: z.boolean().optional(),
    rule: FeatureFlagRule.optional().describe('In place of the whole rule'),
  })
  .meta({ id: 'FeatureFlagUpdate' });

export const FeatureFlagResponse = z
  .object({
    id: uuid<FeatureFlagId>(),
    name: z.string(),
    description: z.string().nullable(),
    enabled: z.boolean(),
    rule: FeatureFlagRule,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'FeatureFlagResponse' });

export const FeatureFlagListResponse = pageOf(FeatureFlagResponse).meta({
  id: 'FeatureFlagListResponse',
});

export const EvaluatedFlagsResponse = z
  .record(z.string(), z.boolean())
  .describe('Each flag by its name, and whether it is on for the caller')
  .meta({ id: 'EvaluatedFlagsResponse' });

export function presentFeatureFlag(flag: FeatureFlagRecord): z.input<typeof FeatureFlagResponse> {
  const { plans, share, shareBy, users, teams } = flag.rule;
  return {
    id: flag.id,
    name: flag.name,
    description: flag.description,
    enabled: flag.isEnabled,
    rule: {
      ...(plans && { plans: [...plans] }),
      ...(share !== undefined && { share }),
      ...(shareBy && { share_by: shareBy }),
      ...(users && { users: [...users] }),
      ...(teams && { teams: [...teams] }),
    },
    created_at: flag.createdAt,
    updated_at: flag.updatedAt,
  };
}

export function ruleOf(body: z.output<typeof FeatureFlagRule>): FlagRule {
  const { plans, share, share_by: shareBy, users, teams } = body;
  return {
    ...(plans && { plans }),
    ...(share !== undefined && { share }),
    ...(shareBy && { shareBy }),
    ...(users && { users }),
    ...(teams && { teams }),
  };
}
