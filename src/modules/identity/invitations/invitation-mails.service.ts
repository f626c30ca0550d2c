import type { EmailSender } from '#modules/messaging';
import type { Clock } from '#platform/clock/clock';
import type { InvitationId } from '#shared/ids';
import type { MailUrls } from '../account-mails/account-mail-content.ts';
import { renderMail } from '../account-mails/render-mail.ts';
import type { OneTimeSecrets } from '../one-time-tokens/one-time-secret.provider.ts';
import { invitationContent } from './invitation-content.ts';
import type { InvitationsRepository } from './invitations.repository.ts';

export type InvitationMailDependencies = {
  readonly allInvitations: () => Pick<InvitationsRepository, 'findUnmailed' | 'markMailed'>;
  readonly secrets: OneTimeSecrets;
  readonly email: EmailSender;
  readonly clock: Clock;
  readonly urls: MailUrls;
};

export type InvitationMailService = ReturnType<typeof createInvitationMailService>;

export function createInvitationMailService(dependencies: InvitationMailDependencies) {
  const { allInvitations, secrets, email, clock, urls } = dependencies;

  return {
    /** Mails an invitation that is still open, unless it was mailed already. */
    async send(id: InvitationId, signal: AbortSignal): Promise<void> {
      const invitation = await allInvitations().findUnmailed(id, clock.now());
      if (!invitation) return;
      const token = secrets.tokenOf('invitation', id);
      const mail = renderMail(invitationContent(urls, { invitation, token }));
      await email.send({ to: invitation.email, ...mail }, signal);
      await allInvitations().markMailed(invitation, clock.now());
    },
  };
}
