import { parseEmail, type EmailAddress } from '../users/parse-email.ts';

/** What an issuer tells of a user; a member that is not there is not known, and changes nothing. */
export type ExternalProfile = {
  readonly email?: EmailAddress;
  /** Of that address; undefined where the issuer says neither. */
  readonly isEmailVerified?: boolean;
  readonly username?: string;
  readonly firstName?: string;
  readonly lastName?: string;
};

export type ToldProfile = { readonly [Name in keyof ExternalProfile]?: unknown };

const MAX_NAME_LENGTH = 100;
const CONTROL = /\p{Cc}/u;

/** Takes of a foreign profile what we could have been given by the user, and leaves the rest. */
export function readProfile(told: ToldProfile): ExternalProfile {
  const email = typeof told.email === 'string' ? parseEmail(told.email) : undefined;
  const username = readName(told.username);
  const firstName = readName(told.firstName);
  const lastName = readName(told.lastName);
  const isEmailVerified = readFlag(told.isEmailVerified);
  return {
    ...(email && { email }),
    ...(email && isEmailVerified !== undefined && { isEmailVerified }),
    ...(username && { username }),
    ...(firstName && { firstName }),
    ...(lastName && { lastName }),
  };
}

/**
 * What is known once `told` is added: what is newer wins, and what is older fills in what was not
 * known. An address goes with what is said of it.
 */
export function mergeProfiles(
  known: ExternalProfile,
  told: ExternalProfile,
  { isNewer }: { readonly isNewer: boolean },
): ExternalProfile {
  const [stronger, weaker] = isNewer ? [told, known] : [known, told];
  if (stronger.email === undefined) return { ...weaker, ...stronger };
  const { email: _email, isEmailVerified: _isVerified, ...names } = weaker;
  return { ...names, ...stronger };
}

export function isSameProfile(one: ExternalProfile, other: ExternalProfile): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function readName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.trim().normalize('NFC');
  const isFit =
    name !== '' && name.length <= MAX_NAME_LENGTH && name.isWellFormed() && !CONTROL.test(name);
  return isFit ? name : undefined;
}

/** Some issuers write it as a text. */
function readFlag(value: unknown): boolean | undefined {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
}

function sorted(profile: ExternalProfile): readonly (readonly [string, unknown])[] {
  return Object.entries(profile).toSorted(([one], [other]) => one.localeCompare(other));
}
