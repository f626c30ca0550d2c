export const REDACTED = '[redacted]';
const MAX_DEPTH = 6;

/** Names of members whose value is never written, by their end; case, `-` and `_` do not count. */
const SECRET_NAMES =
  /(password|passphrase|secret|secretkey|accesskey|apikey|privatekey|encryptionkey|token|authorization|cookie|credentials?|signature|(password|token|secret|key)hash)$/;

type SecretText = {
  /** A text with none of these holds no such secret: looking for them is cheap, the pattern is not. */
  readonly marks: readonly string[];
  readonly pattern: RegExp;
  readonly replacement: string;
};

/** Secrets inside text: sign-in headers, JWTs, provider keys, passwords in URLs, signed queries. */
const SECRET_TEXTS: readonly SecretText[] = [
  {
    marks: ['earer', 'asic', 'EARER', 'ASIC'],
    pattern: /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
    replacement: `$1 ${REDACTED}`,
  },
  { marks: ['eyJ'], pattern: /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, replacement: REDACTED },
  {
    marks: ['sk-', 'sk_', 'pk_', 'rk_', 'gw_', 'whsec_', 'xox'],
    pattern: /\b(sk|pk|rk|gw|whsec|xox[abp])[-_][\w-]{12,}/g,
    replacement: REDACTED,
  },
  {
    marks: ['://'],
    pattern: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"]*):[^\s/@"]+@/gi,
    replacement: `$1:${REDACTED}@`,
  },
  {
    marks: ['='],
    pattern: /([?&][\w.-]*(?:signature|token|key|secret|password|credential)=)[^&\s"\\]+/gi,
    replacement: `$1${REDACTED}`,
  },
];

const MAX_KNOWN_NAMES = 1000;
/** The names of log members are few, and asked about on every line. */
const knownNames = new Map<string, boolean>();

export function isSecretName(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isSecret = SECRET_NAMES.test(name.toLowerCase().replaceAll(/[-_]/g, ''));
  if (knownNames.size === MAX_KNOWN_NAMES) knownNames.clear();
  knownNames.set(name, isSecret);
  return isSecret;
}

/** A piece of a path that is too long for an id, such as the token of an invitation. */
const LONG_SEGMENT = /(?<=\/)[\w-]{48,}(?=[/?#]|$)/g;

/** Blanks out what may be a secret inside the path of an address. */
export function redactPath(path: string): string {
  return path.replaceAll(LONG_SEGMENT, REDACTED);
}

/** Blanks out what looks like a secret inside a text; JSON stays JSON. */
export function redactText(text: string): string {
  let redacted = text;
  for (const { marks, pattern, replacement } of SECRET_TEXTS) {
    if (marks.some((mark) => text.includes(mark)))
      redacted = redacted.replace(pattern, replacement);
  }
  return redacted;
}

/** A copy without the members whose names say secret; what is nested too deep is cut. */
export function redactMembers(value: object, depth = 0): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    members[name] = isSecretName(name) ? REDACTED : redactNested(member, depth + 1);
  }
  return members;
}

function redactNested(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date || value instanceof Error) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item: unknown) => redactNested(item, depth + 1));
  return redactMembers(value, depth);
}
