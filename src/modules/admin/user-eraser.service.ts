import { NOTHING, type Leaver, type UserEraser } from '#modules/identity';
import type { FeatureFlagsRepository } from './feature-flags/feature-flags.repository.ts';
import type { FeatureFlagService } from './feature-flags/feature-flags.service.ts';

export type AdminEraserDependencies = {
  readonly allFlags: () => Pick<FeatureFlagsRepository, 'countNaming' | 'forgetUser'>;
  readonly featureFlags: Pick<FeatureFlagService, 'forget'>;
};

/** Takes users out of the rules of feature flags. */
export function createAdminEraser({ allFlags, featureFlags }: AdminEraserDependencies): UserEraser {
  return {
    async count({ userId }: Leaver) {
      return { ...NOTHING, removed: { feature_flag_users: await allFlags().countNaming(userId) } };
    },
    async erase({ userId }: Leaver) {
      await allFlags().forgetUser(userId);
      await featureFlags.forget();
    },
  };
}
