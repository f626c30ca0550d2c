import type { Moderate, Moderations } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

export type ModerateInput = {
  readonly model: string | undefined;
  readonly texts: readonly string[];
};

export type ModerationServiceDependencies = { readonly moderate: Moderate | undefined };

export type ModerationService = ReturnType<typeof createModerationService>;

export function createModerationService({ moderate }: ModerationServiceDependencies) {
  return {
    /** @throws FORBIDDEN, UNAVAILABLE where no provider moderates, and what the provider failed with */
    async moderate(
      actor: Actor,
      { model, texts }: ModerateInput,
      signal: AbortSignal,
    ): Promise<Moderations> {
      assertAllowed(actor, 'chat.write');
      if (!moderate) throw notConfigured();
      return moderate({ texts, ...(model !== undefined && { model }) }, signal);
    },
  };
}

function notConfigured(): AppError {
  return new AppError(
    'unavailable',
    'No provider moderates here: the operator sets LLM_API_KEY or LLM_BASE_URL',
    { reason: 'moderations.missing' },
  );
}
