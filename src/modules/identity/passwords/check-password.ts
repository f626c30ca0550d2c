export const MIN_PASSWORD_CHARACTERS = 8;
export const MAX_PASSWORD_CHARACTERS = 256;
/** What is longer cannot have 256 characters after composition, and is refused unread. */
export const MAX_PASSWORD_INPUT = 2048;

export const PASSWORD_TOO_LONG = `Password must be at most ${MAX_PASSWORD_CHARACTERS} characters long`;

/** Letters without case count as both, so that a password can be of any script. */
const CHARACTER_RULES = [
  { pattern: /[\p{Lu}\p{Lt}\p{Lo}\p{Lm}]/u, name: 'uppercase letter' },
  { pattern: /[\p{Ll}\p{Lo}\p{Lm}]/u, name: 'lowercase letter' },
  { pattern: /\p{Nd}/u, name: 'number' },
  { pattern: /[\p{P}\p{S}\p{Z}]/u, name: 'special character' },
] as const;

/** The form of a password that is checked and hashed: the same for each way of typing it. */
export function normalizePassword(password: string): string {
  return password.normalize('NFC');
}

/** One sentence for each rule that the password does not meet. */
export function listUnmetRules(password: string): string[] {
  if (password.length > MAX_PASSWORD_INPUT) return [PASSWORD_TOO_LONG];
  const normalized = normalizePassword(password);
  const characters = Array.from(normalized).length;
  const unmet = [];
  if (characters < MIN_PASSWORD_CHARACTERS) {
    unmet.push(`Password must be at least ${MIN_PASSWORD_CHARACTERS} characters long`);
  }
  if (characters > MAX_PASSWORD_CHARACTERS) unmet.push(PASSWORD_TOO_LONG);
  for (const { pattern, name } of CHARACTER_RULES) {
    if (!pattern.test(normalized)) unmet.push(`Password must contain at least one ${name}`);
  }
  return unmet;
}
