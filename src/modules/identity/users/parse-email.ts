declare const brand: unique symbol;

/** An address in canonical form: what is stored, compared and mailed to. */
export type EmailAddress = string & { readonly [brand]: 'EmailAddress' };

export const MAX_EMAIL_LENGTH = 254;

const LOCAL_PART = /^(?!\.)(?!.*\.\.)(?!.*\.$)[^\s"(),:;<>@[\\\]\p{C}]{1,64}$/u;
const DOMAIN_LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]{0,61}[\\p{L}\\p{M}\\p{N}])?';
const DOMAIN = new RegExp(`^(?:${DOMAIN_LABEL}\\.)+(?!\\d+$)${DOMAIN_LABEL}$`, 'u');

/**
 * The canonical form of an address, or undefined for what is none. Everything that looks one up or
 * stores one comes through here; the database compares the result byte by byte and folds nothing.
 */
export function parseEmail(text: string): EmailAddress | undefined {
  const email = canonicalize(text);
  const at = email.lastIndexOf('@');
  const isValid =
    at > 0 &&
    email.length <= MAX_EMAIL_LENGTH &&
    LOCAL_PART.test(email.slice(0, at)) &&
    DOMAIN.test(email.slice(at + 1));
  return isValid ? (email as EmailAddress) : undefined;
}

/**
 * Compatibility forms (fullwidth letters, ligatures) and case are folded. `ß` stays apart from `ss`,
 * because mail to the two goes to two mailboxes. Lower case can undo the composition, hence twice.
 */
function canonicalize(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
  // The dot of the DNS root names the same domain.
  return folded.endsWith('.') ? folded.slice(0, -1) : folded;
}
