import { AppError } from '#platform/errors/app-error';

export function notConfigured(what: string, message: string, setting: string): AppError {
  return new AppError('unavailable', `${message}: set ${setting}`, {
    reason: `${what}.not_configured`,
    details: { setting },
  });
}
