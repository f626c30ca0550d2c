import type { Logger } from '#platform/telemetry/logger';
import type { Metrics } from '#platform/telemetry/metrics';
import type { AuthSessionId, UserId } from '#shared/ids';
import type { FailureReason } from './unauthenticated.ts';

export type AuthEvent =
  | 'register'
  | 'login'
  | 'refresh'
  | 'logout'
  | 'password_change'
  | 'account_erasure'
  | 'password_reset'
  | 'email_verification'
  | 'email_change';

export type AuthSubject = {
  readonly userId?: UserId | undefined;
  readonly authSessionId?: AuthSessionId | undefined;
  /** The administrator who acts in the user's name. */
  readonly impersonatorId?: UserId | undefined;
  readonly ip?: string | null;
  readonly provider?: 'password' | 'external';
};

export type AuthLog = ReturnType<typeof createAuthLog>;

export type AuthLogDependencies = {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'authEventsTotal' | 'authFailuresTotal'>;
};

/** Tells the log and the metrics who signed in, or why not; never what with. */
export function createAuthLog({ logger, metrics }: AuthLogDependencies) {
  return {
    succeeded(event: AuthEvent, subject: AuthSubject): void {
      metrics.authEventsTotal.inc({ event, provider: subject.provider ?? 'password' });
      logger.info({ event, outcome: 'success', ...present(subject) }, `${event} succeeded`);
    },

    failed(event: AuthEvent, reason: FailureReason, subject: AuthSubject = {}): void {
      metrics.authFailuresTotal.inc({ reason });
      // A used token that comes back is a theft or a bug; the rest is daily life.
      const level = reason === 'refresh_token_reused' ? 'warn' : 'info';
      logger[level]({ event, outcome: 'failure', reason, ...present(subject) }, `${event} failed`);
    },

    /** A request with a bad credential: its own log line tells the rest. */
    refused(reason: FailureReason): void {
      metrics.authFailuresTotal.inc({ reason });
    },
  };
}

function present({ userId, authSessionId, impersonatorId, ip }: AuthSubject) {
  return {
    user_id: userId,
    auth_session_id: authSessionId,
    impersonator_id: impersonatorId,
    ip,
  };
}
