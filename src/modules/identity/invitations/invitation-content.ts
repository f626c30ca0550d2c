import { createMailAction, type MailUrls } from '../account-mails/account-mail-content.ts';
import type { MailContent } from '../account-mails/render-mail.ts';
import type { InvitationWithTeam } from './invitations.repository.ts';

/** Enough to recognise a team by; more would let its owner write the mail. */
const SHOWN_NAME_LENGTH = 60;

export function invitationContent(
  urls: MailUrls,
  { invitation, token }: { readonly invitation: InvitationWithTeam; readonly token: string },
): MailContent {
  const { teamName, role, authorEmail, expiresAt } = invitation;
  const author = authorEmail ?? 'One of its members';
  return {
    subject: 'You are invited to a team',
    paragraphs: [`${author} invites you to the team "${shorten(teamName)}", as ${role}.`],
    action: createMailAction(urls, {
      label: 'Join the team',
      page: '/accept-invitation',
      route: '/invitations/{token}/accept',
      token,
    }),
    closing: [
      `The invitation works once, until ${expiresAt.slice(0, 10)}, for this address only.`,
      'If you do not know who invites you, do nothing and nothing happens.',
    ],
  };
}

function shorten(name: string): string {
  const characters = [...name.replaceAll(/\s+/g, ' ')];
  if (characters.length <= SHOWN_NAME_LENGTH) return characters.join('');
  return `${characters.slice(0, SHOWN_NAME_LENGTH).join('')}…`;
}
