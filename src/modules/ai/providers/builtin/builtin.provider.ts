import { withinAbilities, type Ability } from '../abilities.ts';
import type { ModelProvider } from '../model-provider.ts';
import { createBuiltinChatModel } from './builtin-chat.ts';
import { createBuiltinEmbeddingModel } from './builtin-embeddings.ts';

// Its answers are the same each time, so that a seed holds without being used.
const BUILTIN_ABILITIES: ReadonlySet<Ability> = new Set<Ability>(['seed', 'embeddings']);

/** What works without any endpoint; it has one model of each kind. */
export function createBuiltinProvider(): ModelProvider {
  return {
    name: 'builtin',
    abilities: BUILTIN_ABILITIES,
    createChatModel: () => withinAbilities(createBuiltinChatModel(), BUILTIN_ABILITIES),
    createEmbeddingModel: (_model, dimensions) => createBuiltinEmbeddingModel(dimensions),
  };
}
