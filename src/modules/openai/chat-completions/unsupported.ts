import { z, type ZodType } from 'zod';

/** A parameter that only its neutral value may have, which is as good as none. */
export function absent(neutral: ZodType) {
  return z
    .unknown()
    .refine(
      (value) => value === null || value === undefined || neutral.safeParse(value).success,
      'Is not supported here',
    )
    .optional();
}
