import type { z } from 'zod';
import { invalid } from '#platform/errors/app-error';

/** @throws VALIDATION_ERROR that names every unmet rule */
export function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.map(({ path, message }) => ({
      field: path.join('.') || 'message',
      message,
    })),
  );
}
