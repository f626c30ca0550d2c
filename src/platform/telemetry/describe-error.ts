import { redactText } from './redaction.ts';

const MAX_CAUSES = 5;

export type ErrorDescription = {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly cause?: ErrorDescription;
};

/**
 * An error as logs and spans may show it. Only these members are taken: drivers hang query
 * parameters and provider bodies on their errors.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: redactText(String(error)) };
  const hasCause = error.cause !== undefined && depth < MAX_CAUSES;
  return {
    type: error.name,
    message: redactText(error.message),
    ...(error.stack && { stack: redactText(error.stack) }),
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(hasCause && { cause: describeError(error.cause, depth + 1) }),
  };
}
