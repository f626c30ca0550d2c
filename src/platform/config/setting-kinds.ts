import { z } from 'zod';
import { parseRateLimit } from '#platform/rate-limit/parse-rate-limit';

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

type Range = { readonly min: number; readonly max: number };

export const text = z.string();

/** A whole number; `1e3` and `0x10` are not what an operator meant. */
export function integer({ min, max }: Range) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
}

export function decimal({ min, max }: Range) {
  const message = `must be a number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d{1,15}(\.\d{1,15})?$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
}

export const boolean = z.string().transform((value, context) => {
  const parsed = BOOLEANS[value.toLowerCase()];
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'must be true or false' });
  return z.NEVER;
});

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

/** An absolute URL of one of the schemes, kept as written but for a slash at its end. */
export function url(...schemes: readonly string[]) {
  return z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), {
      error: `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    })
    .transform((value) => value.replace(/\/+$/, ''));
}

export const webUrl = url('http:', 'https:');

/** Origins of web pages, separated by commas. */
export const origins = z.string().transform((value, context): readonly string[] => {
  const list = splitList(value);
  for (const origin of list.filter((item) => !isOrigin(item))) {
    context.addIssue({
      code: 'custom',
      message: `lists "${origin}", which is not an origin (scheme, host and port only; "*" is refused)`,
    });
  }
  return list;
});

export const rateLimit = z.string().transform((value, context) => {
  try {
    return parseRateLimit(value);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: error instanceof Error ? error.message : 'is bad',
    });
    return z.NEVER;
  }
});

export function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}
