/** Members whose texts are words of ours and say nothing of a person. */
const HARMLESS = new Set(['role', 'tier', 'status', 'scopes', 'kind']);

export type AuditMembers = Readonly<Record<string, unknown>>;

/** Who is to be found no longer, and what stands for them. */
export type Replacement = { readonly userId: string; readonly pseudonym: string };

/** Keeps of an entry's members what can be counted: numbers, states, ids; texts that people wrote go. */
export function scrubAuditMembers(
  members: AuditMembers | null,
  replacement: Replacement,
): AuditMembers | null {
  if (members === null) return null;
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => {
      const kept = scrubValue(value, { isHarmless: HARMLESS.has(name), ...replacement });
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function scrubValue(
  value: unknown,
  rules: Replacement & { readonly isHarmless: boolean },
): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value === rules.userId) return rules.pseudonym;
  if (typeof value === 'string') return rules.isHarmless || UUID.test(value) ? value : undefined;
  if (!Array.isArray(value)) return undefined;
  const kept = value.map((item) => scrubValue(item, rules));
  return kept.filter((item) => item !== undefined);
}
