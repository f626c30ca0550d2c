import type OpenAI from 'openai';
import { z } from 'zod';
import type { CallEndpoint } from '../call-endpoint.ts';
import { unreadable } from '../endpoint-failure.ts';
import type { Moderate, Moderation } from '../moderation.ts';

const moderations = z.object({
  model: z.string(),
  results: z.array(
    z.object({
      flagged: z.boolean(),
      // Newer categories are null from older models.
      categories: z.record(z.string(), z.boolean().nullish()),
      category_scores: z.record(z.string(), z.number().nullish()).nullish(),
    }),
  ),
});

type Sent = z.output<typeof moderations>['results'][number];

/** Moderations by the OpenAI protocol. */
export function createOpenAiModerations(
  getClient: () => Promise<OpenAI>,
  callEndpoint: CallEndpoint,
): Moderate {
  return ({ model, texts }, callerSignal) =>
    callEndpoint(async (signal) => {
      const client = await getClient();
      const parameters = { input: [...texts], ...(model !== undefined && { model }) };
      const response: unknown = await client.moderations.create(parameters, { signal });
      const parsed = moderations.safeParse(response);
      if (!parsed.success || parsed.data.results.length !== texts.length) throw unreadable();
      return { model: parsed.data.model, results: parsed.data.results.map(toModeration) };
    }, callerSignal);
}

function toModeration({ flagged, categories, category_scores: scores }: Sent): Moderation {
  return {
    isFlagged: flagged,
    categories: mapValues(categories, (isOfIt) => isOfIt ?? false),
    scores: mapValues(scores ?? {}, (score) => score ?? 0),
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
