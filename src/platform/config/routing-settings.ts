import { z } from 'zod';
import { integer, oneOf, splitList } from './setting-kinds.ts';
import { setting } from './setting.ts';

const MODEL_OF_PROVIDER = /^(openai|anthropic|gemini|litellm|builtin)\/\S+$/;

/** Names such as `openai/gpt-4o-mini`, separated by commas. */
const modelNames = z.string().transform((value, context): readonly string[] => {
  const names = splitList(value);
  for (const name of names.filter((item) => !MODEL_OF_PROVIDER.test(item))) {
    const message = `lists "${name}", which is not a provider and its model, such as openai/gpt-4o-mini`;
    context.addIssue({ code: 'custom', message });
  }
  return names;
});

export const routingSettings = z.object({
  defaultProvider: setting(
    oneOf(['openai', 'anthropic', 'gemini', 'litellm', 'builtin']).optional(),
    {
      name: 'AI_DEFAULT_PROVIDER',
      description:
        'Whose model answers where none is named; unset: the first of openai, litellm, anthropic, gemini that is set up',
      example: 'anthropic',
    },
  ),
  fallbacks: setting(modelNames.prefault(''), {
    name: 'AI_FALLBACKS',
    description: 'Models that are asked, in this order, where the one asked for fails',
    example: 'openai/gpt-4o-mini,anthropic/claude-haiku-4-5',
  }),
  hedgeAfterMs: setting(integer({ min: 50, max: 600_000 }).optional(), {
    name: 'AI_HEDGE_AFTER_MS',
    description: 'Silence after which the next model is asked at the same time; unset: never',
    example: '3000',
  }),
  circuitFailures: setting(integer({ min: 1, max: 10_000 }).prefault('20'), {
    name: 'AI_CIRCUIT_FAILURES',
    description: 'Failed calls of a model within AI_CIRCUIT_WINDOW_SECONDS that open its circuit',
  }),
  circuitWindowSeconds: setting(integer({ min: 1, max: 3600 }).prefault('10'), {
    name: 'AI_CIRCUIT_WINDOW_SECONDS',
    description: 'Time in which failures are counted',
  }),
  circuitOpenSeconds: setting(integer({ min: 1, max: 3600 }).prefault('30'), {
    name: 'AI_CIRCUIT_OPEN_SECONDS',
    description: 'How long a model with an open circuit is not asked; then one call tries it',
  }),
});
