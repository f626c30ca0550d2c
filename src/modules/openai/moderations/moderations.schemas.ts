import { z } from 'zod';
import type { Moderation, Moderations } from '#modules/ai';
import { text } from '#platform/http/schema-parts';

const MAX_NAME_LENGTH = 255;
const MAX_TEXT_LENGTH = 1_000_000;
const MAX_TEXTS = 1000;

const input = text(MAX_TEXT_LENGTH).min(1);

export const OpenAiModerationRequest = z
  .strictObject({
    model: text(MAX_NAME_LENGTH).min(1).nullish().describe("The provider's own without it"),
    input: z.union([input, z.array(input).min(1).max(MAX_TEXTS)], {
      error: 'Must be a text or a list of texts: images are not taken',
    }),
  })
  .meta({ id: 'OpenAiModerationRequest' });

export const OpenAiModerationResponse = z
  .object({
    id: z.string(),
    model: z.string(),
    results: z.array(
      z.object({
        flagged: z.boolean(),
        categories: z.record(z.string(), z.boolean()),
        category_scores: z.record(z.string(), z.number()),
        category_applied_input_types: z.record(z.string(), z.array(z.literal('text'))),
      }),
    ),
  })
  .meta({ id: 'OpenAiModerationResponse' });

export function presentModerations(
  id: string,
  { model, results }: Moderations,
): z.input<typeof OpenAiModerationResponse> {
  return { id, model, results: results.map(presentModeration) };
}

function presentModeration({ isFlagged, categories, scores }: Moderation) {
  const names = Object.keys(categories);
  return {
    flagged: isFlagged,
    categories: { ...categories },
    category_scores: { ...scores },
    category_applied_input_types: Object.fromEntries(
      names.map((name) => [name, ['text' as const]]),
    ),
  };
}
