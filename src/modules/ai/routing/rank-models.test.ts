import { describe, expect, it } from 'vitest';
import type { CatalogueModel } from '../catalogue/catalogue-model.ts';
import { buildModel, costing } from '../testing/catalogue-models.ts';
import { rankModels, spreadOverProviders, type Demand, type RatedModel } from './rank-models.ts';

const DEMAND: Demand = { complexity: 'medium', abilities: [], promptTokens: 1000, maxTokens: 500 };

function rated(model: CatalogueModel, changes: Partial<RatedModel> = {}): RatedModel {
  return { model, isAvailable: true, isFailing: false, firstTokenMs: undefined, ...changes };
}

function rankNames(models: readonly RatedModel[], demand: Partial<Demand> = {}) {
  return rankModels(models, { ...DEMAND, ...demand }).map(({ model }) => model.name);
}

const small = buildModel('small', { complexity: 'small', price: costing(0.1) });
const medium = buildModel('medium', { complexity: 'medium', price: costing(1) });
const large = buildModel('large', { complexity: 'large', price: costing(5) });

describe('ranking', () => {
  it('puts the smallest class that is good enough first, and those that are too small last', () => {
    const models = [small, large, medium].map((model) => rated(model));
    expect(rankNames(models)).toEqual(['medium', 'large', 'small']);
    expect(rankNames(models, { complexity: 'small' })).toEqual(['small', 'medium', 'large']);
    expect(rankNames(models, { complexity: 'large' })).toEqual(['large', 'medium', 'small']);
  });

  it('prefers the cheaper of a class, unless it is much slower', () => {
    const dear = buildModel('dear', { complexity: 'medium', price: costing(1.5) });
    expect(rankNames([rated(dear), rated(medium)])).toEqual(['medium', 'dear']);
    const slow = rated(medium, { firstTokenMs: 20_000 });
    expect(rankNames([slow, rated(dear, { firstTokenMs: 300 })])).toEqual(['dear', 'medium']);
  });

  it('lets speed decide where nothing costs anything', () => {
    const [one, two] = ['one', 'two'].map((name) => buildModel(name, { complexity: 'medium' }));
    if (!one || !two) throw new Error('there are two');
    const models = [rated(one, { firstTokenMs: 900 }), rated(two, { firstTokenMs: 100 })];
    expect(rankNames(models)).toEqual(['two', 'one']);
  });

  it('puts the built-in model behind every other, though it is free', () => {
    const builtin = buildModel('quotes', { provider: 'builtin' });
    expect(rankNames([rated(builtin), rated(large)], { complexity: 'small' })).toEqual([
      'large',
      'quotes',
    ]);
  });

  it.each<[string, RatedModel, Partial<Demand>]>([
    ['is not set up', rated(medium, { isAvailable: false }), {}],
    ['fails at the moment', rated(medium, { isFailing: true }), {}],
    ['has not the ability', rated(medium), { abilities: ['images'] }],
    ['has fewer', rated(medium), { promptTokens: 99_600 }],
  ])('says of a model that it %s', (why, model, demand) => {
    const [ranked] = rankModels([model], { ...DEMAND, ...demand });
    expect(ranked?.whyNot).toHaveLength(1);
    expect(ranked?.whyNot[0]).toContain(why);
  });

  it('estimates the price of the prompt and an answer of usual length', () => {
    const [ranked] = rankModels([rated(medium)], DEMAND);
    expect(ranked?.estimatedMicros).toBe(1500);
    const [brief] = rankModels([rated(medium)], { ...DEMAND, maxTokens: 10 });
    expect(brief?.estimatedMicros).toBe(1010);
  });
});

it('asks another provider before the next model of the same', () => {
  const models = [
    buildModel('a1'),
    buildModel('a2'),
    buildModel('b1', { provider: 'anthropic' }),
    buildModel('c1', { provider: 'gemini' }),
  ].map((model) => ({ model }));
  const order = spreadOverProviders(models).map(({ model }) => model.name);
  expect(order).toEqual(['a1', 'b1', 'c1', 'a2']);
});
