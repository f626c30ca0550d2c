import { isAppError } from './app-error.ts';

/** Why something failed, by names of ours alone: messages may hold what was asked. */
export function nameFailure(error: unknown): string {
  return isAppError(error) ? (error.options.reason ?? error.kind) : 'internal';
}
