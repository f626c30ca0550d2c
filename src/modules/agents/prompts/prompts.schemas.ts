import { z } from 'zod';
import { listQuery, pageOf, text, timestamp, uuid } from '#platform/http/schema-parts';
import type { ProjectId, PromptId, UserId } from '#shared/ids';
import { resourceName, versionNumber } from '../versions/version-parts.schemas.ts';
import type { Versioned } from '../versions/versions.repository.ts';
import type { PromptContent } from './prompt-content.ts';
import { listVariables } from './render-prompt.ts';

const MAX_TEXT_LENGTH = 32_000;

const promptText = text(MAX_TEXT_LENGTH)
  .min(1)
  .describe('What the model is told; `{{name}}` is filled in by the agent that uses it');

export const PromptsParams = z.object({ id: uuid<ProjectId>() });
export const PromptParams = PromptsParams.extend({ prompt_id: uuid<PromptId>() });
export const PromptVersionParams = PromptParams.extend({ version: versionNumber });
export const PromptFilter = listQuery({ sort: ['name'], default: 'name' }).omit({ sort: true });

export const PromptCreate = z
  .strictObject({ name: resourceName, text: promptText })
  .meta({ id: 'PromptCreate' });

export const PromptUpdate = z.strictObject({ text: promptText }).meta({ id: 'PromptUpdate' });

export const PromptResponse = z
  .object({
    id: uuid<PromptId>(),
    project_id: uuid<ProjectId>(),
    name: z.string(),
    version: z.int(),
    text: z.string(),
    variables: z.array(z.string()).describe('The names that its text has in double braces'),
    created_by_id: uuid<UserId>().nullable().describe('Who made this version; null once erased'),
    created_at: timestamp,
    updated_at: timestamp.describe('When this version was made'),
  })
  .meta({ id: 'PromptResponse' });

export const PromptListResponse = pageOf(PromptResponse).meta({ id: 'PromptListResponse' });

export function presentPrompt(
  prompt: Versioned<PromptId, PromptContent>,
): z.input<typeof PromptResponse> {
  return {
    id: prompt.id,
    project_id: prompt.projectId,
    name: prompt.name,
    version: prompt.version,
    text: prompt.content.text,
    variables: [...listVariables(prompt.content.text)],
    created_by_id: prompt.createdById,
    created_at: prompt.createdAt,
    updated_at: prompt.updatedAt,
  };
}
