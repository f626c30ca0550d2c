import { z } from 'zod';
import { splitList } from './setting-kinds.ts';
import { setting } from './setting.ts';

const LEAST_KEY_LENGTH = 32;

const keys = z
  .string()
  .transform((value): readonly string[] => splitList(value))
  .refine(
    (list) => list.length > 0 && list.every((key) => key.length >= LEAST_KEY_LENGTH),
    `must have at least ${LEAST_KEY_LENGTH} characters in each key`,
  );

export const secretSettings = z.object({
  encryptionKeys: setting(keys.optional(), {
    name: 'ENCRYPTION_KEY',
    description:
      'Key that encrypts secrets in the database; of several, separated by commas, the first encrypts and all decrypt; made at first start in development and test',
    example: 'the output of: openssl rand -base64 48',
    isRequiredWhenDeployed: true,
    isSecret: true,
  }),
});
