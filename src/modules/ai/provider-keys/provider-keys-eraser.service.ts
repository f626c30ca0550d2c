import type { TeamId } from '#shared/ids';
import type { Keyring } from './keyring.service.ts';
import type { ProviderKeysRepository } from './provider-keys.repository.ts';

type Leaver = { readonly teamIds: readonly TeamId[] };

export type ProviderKeysEraserDependencies = {
  readonly allKeys: () => Pick<ProviderKeysRepository, 'countOfTeams' | 'removeOfTeams'>;
  readonly keyring: Pick<Keyring, 'forget'>;
};

/** The keys of teams that go along with somebody; a team that stays keeps its own. */
export function createProviderKeysEraser({ allKeys, keyring }: ProviderKeysEraserDependencies) {
  return {
    count: async ({ teamIds }: Leaver) => ({
      removed: { provider_keys: await allKeys().countOfTeams(teamIds) },
      handedOver: {},
    }),

    async erase({ teamIds }: Leaver): Promise<void> {
      await allKeys().removeOfTeams(teamIds);
      for (const teamId of teamIds) await keyring.forget(teamId);
    },
  };
}
