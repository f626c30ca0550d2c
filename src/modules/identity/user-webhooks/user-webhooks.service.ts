import { isAppError } from '#platform/errors/app-error';
import type { WebhookEvent, WebhookOutcome } from '#platform/incoming-webhooks/webhook-source';
import type { ExternalUserService } from '../issuers/external-users.service.ts';
import type { Issuer } from '../issuers/issuer.ts';
import type { ReadUserWord } from './user-word.ts';

export type UserWebhookDependencies = {
  readonly externalUsers: Pick<ExternalUserService, 'save' | 'erase'>;
  readonly issuers: readonly Issuer[];
};

/** Takes the word of identity providers on who their users are. */
export function createUserWebhookService({ externalUsers, issuers }: UserWebhookDependencies) {
  /** The issuer that a provider's events are about: the one of its preset, or the only one there is. */
  function issuerOf(preset: NonNullable<Issuer['preset']>): Issuer | undefined {
    const own = issuers.find((issuer) => issuer.preset === preset);
    return own ?? (issuers.length === 1 ? issuers[0] : undefined);
  }

  return {
    /** Safe to repeat: an event changes nothing the second time. */
    async handle(
      event: WebhookEvent,
      source: { readonly preset: NonNullable<Issuer['preset']>; readonly read: ReadUserWord },
    ): Promise<WebhookOutcome> {
      const word = source.read(event.payload);
      if (!word) return { status: 'parked', reason: 'not an event about a user' };
      const issuer = issuerOf(source.preset)?.issuer;
      if (!issuer)
        return { status: 'parked', reason: `AUTH_ISSUERS has no ${source.preset} issuer` };
      const told = { issuer, subject: word.subject, at: word.at ?? event.receivedAt };
      if (word.kind === 'deleted') await externalUsers.erase(told);
      else await externalUsers.save({ ...told, profile: word.profile }).catch(ignoreRefusal);
      return { status: 'processed' };
    },
  };
}

/** Somebody who was erased since, or who may not have an account here, is let be. */
function ignoreRefusal(error: unknown): void {
  if (!isAppError(error, 'unauthenticated') && !isAppError(error, 'forbidden')) throw error;
}
