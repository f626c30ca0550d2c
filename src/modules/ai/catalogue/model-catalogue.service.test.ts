import { expect, it } from 'vitest';
import { createMemoryCache } from '#platform/cache/memory-cache';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type TeamId } from '#shared/ids';
import { buildModel, buildOverlay } from '../testing/catalogue-models.ts';
import { createModelCatalogue } from './model-catalogue.service.ts';

const teamId = newId<TeamId>();

it('is made once of the rows that there are, and anew once they changed', async () => {
  let rows = [buildRecord('own')];
  const catalogue = createModelCatalogue({
    listed: [buildModel('listed')],
    preference: [],
    sharedModels: () => ({ list: async () => rows }),
    modelsOf: () => ({ list: async () => [] }),
    cache: createMemoryCache({ metrics: createMetrics() }),
  });
  const first = await catalogue.forTeam(teamId);
  expect(await catalogue.forTeam(teamId)).toBe(first);
  expect(catalogue.asLastRead(teamId)).toBe(first);

  rows = [buildRecord('own'), buildRecord('other')];
  expect(await catalogue.forTeam(teamId)).toBe(first);
  await catalogue.forget(null);
  const second = await catalogue.forTeam(teamId);
  expect(second.models.map(({ name }) => name)).toEqual(['listed', 'own', 'other']);
});

function buildRecord(name: string) {
  const createdAt = new Date(0).toISOString();
  return { ...buildOverlay(name), createdAt, updatedAt: createdAt };
}
