import { randomUUID } from 'node:crypto';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { OpenAiErrorResponse } from '../errors/errors.schemas.ts';
import {
  OpenAiModerationRequest,
  OpenAiModerationResponse,
  presentModerations,
} from './moderations.schemas.ts';
import type { ModerationService } from './moderations.service.ts';

const createModeration = {
  schema: {
    operationId: 'createOpenAiModeration',
    summary: 'Ask the provider whether texts break its rules of use',
    tags: ['openai'],
    body: OpenAiModerationRequest,
    response: { 200: OpenAiModerationResponse, default: OpenAiErrorResponse },
  },
  config: { access: 'user', rateLimit: 'chat' },
} as const;

export function registerModerationRoutes(
  app: App,
  { moderations }: { moderations: ModerationService },
): void {
  app.post('/moderations', createModeration, async (request, reply) => {
    const { model, input } = request.body;
    const asked = { model: model ?? undefined, texts: [input].flat() };
    const moderated = await moderations.moderate(request.actor, asked, callerSignal(reply));
    return presentModerations(`modr-${randomUUID()}`, moderated);
  });
}
