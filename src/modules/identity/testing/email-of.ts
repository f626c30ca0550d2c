import { parseEmail, type EmailAddress } from '../users/parse-email.ts';

/** The canonical form of an address that is known to be one. */
export function emailOf(text: string): EmailAddress {
  const email = parseEmail(text);
  if (!email) throw new Error(`"${text}" is no address`);
  return email;
}
