import { AppError } from '#platform/errors/app-error';

/** Who gets an account: whoever asks, whoever is invited to a team, or nobody. */
export type RegistrationMode = 'open' | 'invite' | 'closed';

/** @throws FORBIDDEN */
export function assertMaySignUp(
  mode: RegistrationMode,
  { isInvited }: { readonly isInvited: boolean },
): void {
  if (mode === 'open' || (mode === 'invite' && isInvited)) return;
  if (mode === 'closed') throw registrationClosed();
  throw new AppError('forbidden', 'New accounts are made by invitation to a team only', {
    reason: 'registration_by_invitation',
  });
}

function registrationClosed(): AppError {
  return new AppError('forbidden', 'New accounts are not taken', { reason: 'registration_closed' });
}
