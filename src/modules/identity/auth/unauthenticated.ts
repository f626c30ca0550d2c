import { AppError, isAppError } from '#platform/errors/app-error';

/** Why a sign-in or a credential was refused: for the log and the metrics, never for the wire. */
const FAILURE_REASONS = [
  'no_credentials',
  'invalid_token',
  'expired_token',
  'session_ended',
  'no_session',
  'api_key_ended',
  'issuer_unreachable',
  'erased_account',
  'registration_closed',
  'registration_by_invitation',
  'unknown_account',
  'wrong_password',
  'too_many_attempts',
  'account_deactivated',
  'password_reset_required',
  'refresh_token_unknown',
  'refresh_token_expired',
  'refresh_token_reused',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/** One and the same answer for each way of failing. */
export function unauthenticated(reason: FailureReason): AppError {
  return new AppError('unauthenticated', 'Invalid credentials', { reason });
}

export function deactivated(): AppError {
  return new AppError('forbidden', 'This account is deactivated', {
    reason: 'account_deactivated',
  });
}

export function passwordResetRequired(): AppError {
  return new AppError('forbidden', 'Set a new password first', {
    reason: 'password_reset_required',
  });
}

/** Why `error` refused a credential, or undefined when that is not what it says. */
export function failureReasonOf(error: unknown): FailureReason | undefined {
  if (!isAppError(error)) return undefined;
  return FAILURE_REASONS.find((reason) => reason === error.options.reason);
}
