import { AppError } from '#platform/errors/app-error';
import { parseMailbox } from '#shared/mailbox';
import type { Email } from './email-sender.ts';

const MAX_SUBJECT_LENGTH = 200;
/** What could end a header line, or is seen by nobody. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu;

/**
 * A mail whose headers hold one line and one recipient each, whatever was put into them.
 * @throws for an address that is none
 */
export function cleanEmail(email: Email): Email {
  const mailbox = parseMailbox(email.to);
  if (mailbox?.address !== email.to) throw badAddress();
  return { ...email, subject: oneLine(email.subject) };
}

function oneLine(subject: string): string {
  const characters = Array.from(subject.replaceAll(UNPRINTABLE, ' ').trim());
  return characters.slice(0, MAX_SUBJECT_LENGTH).join('');
}

function badAddress(): AppError {
  return new AppError('external', 'A mail cannot go to this address', {
    reason: 'email.bad_address',
    retryable: false,
  });
}
