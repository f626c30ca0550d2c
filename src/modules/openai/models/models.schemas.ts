import { z } from 'zod';
import { text } from '#platform/http/schema-parts';
import type { OpenAiModel } from './models.service.ts';

const MAX_NAME_LENGTH = 255;

export const OpenAiModelParams = z.object({
  model: text(MAX_NAME_LENGTH).min(1).describe('A slash in it is written as `%2F`'),
});

export const OpenAiModelResponse = z
  .object({
    id: z.string().describe('What to give as `model`'),
    object: z.literal('model'),
    created: z.int().describe('Seconds since 1970; 0 where nobody knows'),
    owned_by: z.string().describe('The provider; `groundwork` for a project'),
  })
  .meta({ id: 'OpenAiModelResponse' });

export const OpenAiModelListResponse = z
  .object({ object: z.literal('list'), data: z.array(OpenAiModelResponse) })
  .meta({ id: 'OpenAiModelListResponse' });

export function presentModel({
  id,
  createdSeconds,
  ownedBy,
}: OpenAiModel): z.input<typeof OpenAiModelResponse> {
  return { id, object: 'model', created: createdSeconds, owned_by: ownedBy };
}
