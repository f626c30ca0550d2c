import { z } from 'zod';

const MAX_VERSION = 2_147_483_647;

/** No `@`, which parts a name from a version. */
export const resourceName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'Must be 1 to 64 lower-case letters, digits, ".", "_" and "-", the first a letter or a digit',
  )
  .describe('By which the project knows it');

export const versionNumber = z.coerce.number().int().min(1).max(MAX_VERSION);

/** `name` for the newest version, or `name@version`. */
export const versionReference = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}(?:@[1-9]\d{0,8})?$/, 'Must be a name, or name@version');
