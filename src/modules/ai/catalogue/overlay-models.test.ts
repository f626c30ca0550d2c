import { describe, expect, it } from 'vitest';
import { buildModel, buildOverlay, costing } from '../testing/catalogue-models.ts';
import { BUILT_IN_MODELS } from './built-in-models.ts';
import { findPrice } from './find-price.ts';
import { listModels } from './list-models.ts';
import { overlayModels } from './overlay-models.ts';
import { createTeamCatalogue } from './team-catalogue.ts';

const listed = buildModel('listed', { price: costing(2), description: 'Good' });

describe('an overlay', () => {
  it('changes what it says of a listed model, and leaves the rest', () => {
    const overlay = buildOverlay('listed', { completionPriceMicros: 7, isEnabled: false });
    const [model, ...others] = overlayModels([listed], [overlay]);
    expect(others).toEqual([]);
    expect(model).toMatchObject({ description: 'Good', isEnabled: false, contextTokens: 100_000 });
    expect(model?.price).toEqual({ ...listed.price, completionMicrosPerMillion: 7 });
  });

  it('prices cached tokens as the prompt where only that is given', () => {
    const [model] = overlayModels([listed], [buildOverlay('listed', { promptPriceMicros: 9 })]);
    expect(model?.price).toMatchObject({ promptMicrosPerMillion: 9, cachedMicrosPerMillion: 9 });
  });

  it('adds a model, as the one it was tuned from where it does not say', () => {
    const overlay = buildOverlay('tuned', { base: 'listed', complexity: 'large' });
    const added = overlayModels([listed], [overlay])[1];
    expect(added).toMatchObject({ name: 'tuned', price: listed.price, complexity: 'large' });
    const own = overlayModels([listed], [buildOverlay('own')])[1];
    expect(own).toMatchObject({ contextTokens: 128_000, complexity: 'medium' });
    expect(own?.abilities).toContain('tools');
    expect(own?.abilities).not.toContain('embeddings');
  });
});

describe('the list', () => {
  it('has each model once, with prices in order', () => {
    const names = BUILT_IN_MODELS.map(({ provider, name }) => `${provider}/${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { price } of BUILT_IN_MODELS) {
      expect(price.cachedMicrosPerMillion).toBeLessThanOrEqual(price.promptMicrosPerMillion);
    }
  });

  it('has the model of the settings, with its price', () => {
    const [model] = listModels({
      provider: 'litellm',
      name: 'azure/gpt-4o',
      completionUsdPerMillionTokens: 3,
    });
    expect(model).toMatchObject({ provider: 'litellm', name: 'azure/gpt-4o', isListed: true });
    expect(model?.price).toMatchObject({
      promptMicrosPerMillion: 2_500_000,
      completionMicrosPerMillion: 3_000_000,
    });
  });

  it('takes the default name of one provider for no model of another', () => {
    expect(listModels({ provider: 'anthropic', name: 'gpt-4o-mini' })).toBe(BUILT_IN_MODELS);
  });
});

describe('a name', () => {
  const atProxy = buildModel('gpt-4o', { provider: 'litellm' });
  const catalogue = createTeamCatalogue([atProxy, ...BUILT_IN_MODELS], ['openai', 'litellm']);

  it('means the model of the preferred provider, unless another is said or it is not acceptable', () => {
    expect(catalogue.find('gpt-4o')?.provider).toBe('openai');
    expect(catalogue.find('litellm/gpt-4o')).toBe(atProxy);
    expect(catalogue.find('gpt-4o', ({ provider }) => provider === 'litellm')).toBe(atProxy);
  });

  it.each(['gpt-4o-mini-2024-07-18', 'claude-haiku-4-5-20251001'])(
    'with a date, %s, means the snapshot of a listed model',
    (name) => {
      const found = catalogue.find(name);
      expect(found?.name).toBe(name);
      expect(findPrice(catalogue, { name })).toEqual(found?.price);
    },
  );

  it('that a proxy may have costs as the dearest model of the list, unless its end is listed', () => {
    const dearest = findPrice(catalogue, { provider: 'litellm', name: 'alias' });
    for (const { price } of BUILT_IN_MODELS) {
      expect(price.promptMicrosPerMillion).toBeLessThanOrEqual(dearest.promptMicrosPerMillion);
      expect(price.completionMicrosPerMillion).toBeLessThanOrEqual(
        dearest.completionMicrosPerMillion,
      );
    }
    const known = findPrice(catalogue, { provider: 'litellm', name: 'azure/gpt-4.1' });
    expect(known).toEqual(catalogue.find('gpt-4.1')?.price);
  });

  it.each(['llama3', 'toString', 'gpt-4o-mini-x', '-2024-07-18', ''])(
    'is not made up for %j',
    (name) => {
      expect(catalogue.find(name)).toBeUndefined();
      expect(findPrice(catalogue, { name }).promptMicrosPerMillion).toBe(0);
    },
  );
});
