import { z } from 'zod';
import { issuerSettings } from './issuer-settings.ts';
import { boolean, integer, oneOf, rateLimit, text } from './setting-kinds.ts';
import { alias, setting } from './setting.ts';

const MINUTES_PER_HOUR = 60;

function hoursToMinutes(hours: string): string {
  return /^\d{1,9}$/.test(hours) ? String(Number(hours) * MINUTES_PER_HOUR) : hours;
}

export const authSettings = z.object({
  jwtSecretKey: setting(text.min(32, 'must have at least 32 characters').optional(), {
    name: 'JWT_SECRET_KEY',
    description: 'Key that signs access tokens; made at first start in development and test',
    example: 'the output of: openssl rand -base64 48',
    isRequiredWhenDeployed: true,
    isSecret: true,
    aliases: [alias('SECRET_KEY')],
  }),
  jwtAlgorithm: setting(oneOf(['HS256', 'HS384', 'HS512']).prefault('HS256'), {
    name: 'JWT_ALGORITHM',
    description: 'Algorithm that signs access tokens: HS256, HS384 or HS512',
  }),
  accessTokenMinutes: setting(integer({ min: 1, max: 525_600 }).prefault('30'), {
    name: 'JWT_ACCESS_TOKEN_EXPIRE_MINUTES',
    description: 'Life of an access token',
    aliases: [alias('JWT_ACCESS_TOKEN_EXPIRE_HOURS', hoursToMinutes)],
  }),
  refreshTokenDays: setting(integer({ min: 1, max: 3650 }).prefault('7'), {
    name: 'JWT_REFRESH_TOKEN_EXPIRE_DAYS',
    description: 'Life of a refresh token',
  }),
  refreshGraceSeconds: setting(integer({ min: 0, max: 300 }).prefault('10'), {
    name: 'REFRESH_GRACE_SECONDS',
    description: 'Time in which a repeated refresh gets the same answer',
  }),
  cookieMaxAgeHours: setting(integer({ min: 1, max: 8760 }).prefault('24'), {
    name: 'COOKIE_MAX_AGE_HOURS',
    description: 'Life of the sign-in cookie',
  }),
  cookieRememberDays: setting(integer({ min: 1, max: 3650 }).prefault('7'), {
    name: 'COOKIE_REMEMBER_DAYS',
    description: 'Life of the sign-in cookie with remember_me',
  }),
  erasureWaitSeconds: setting(integer({ min: 0, max: 60 }).prefault('10'), {
    name: 'ERASURE_WAIT_SECONDS',
    description: 'How long DELETE /users/me waits for the erasure before it answers 202',
  }),
  registrationMode: setting(oneOf(['open', 'invite', 'closed']).prefault('open'), {
    name: 'REGISTRATION',
    description: 'Who gets an account: open to all, by invitation to a team, or closed',
  }),
  invitationDays: setting(integer({ min: 1, max: 90 }).prefault('7'), {
    name: 'INVITATION_DAYS',
    description: 'Life of an invitation to a team',
  }),
  setupToken: setting(text.min(16, 'must have at least 16 characters').optional(), {
    name: 'SETUP_TOKEN',
    description: 'Token that lets make the first administrator; unset: one in the log of the start',
    example: 'the output of: openssl rand -base64 24',
    isSecret: true,
  }),
  isRegistrationConfirmed: setting(boolean.prefault('false'), {
    name: 'REGISTRATION_CONFIRM',
    description: 'Make accounts once their mail was followed; every sign-up is answered alike',
  }),
  verificationHours: setting(integer({ min: 1, max: 720 }).prefault('24'), {
    name: 'EMAIL_VERIFICATION_HOURS',
    description: 'Life of a mailed token that confirms an address or a registration',
  }),
  passwordResetMinutes: setting(integer({ min: 1, max: 1440 }).prefault('60'), {
    name: 'PASSWORD_RESET_MINUTES',
    description: 'Life of a mailed token that sets a new password',
  }),
  issuers: issuerSettings,
});

export const administrationSettings = z.object({
  auditRetentionDays: setting(integer({ min: 1, max: 3650 }).prefault('365'), {
    name: 'AUDIT_RETENTION_DAYS',
    description: 'Time until an entry of the audit log is deleted',
  }),
  impersonationMinutes: setting(integer({ min: 1, max: 480 }).prefault('15'), {
    name: 'IMPERSONATION_MINUTES',
    description: 'Time for which an administrator may act in the name of a user',
  }),
});

export const rateLimitSettings = z.object({
  default: setting(rateLimit.prefault('100/minute'), {
    name: 'RATE_LIMIT_DEFAULT',
    description: 'Requests of one caller; several windows as in 200/day;50/hour',
  }),
  register: setting(rateLimit.prefault('10/hour'), {
    name: 'RATE_LIMIT_REGISTER',
    description: 'Registrations from one address',
  }),
  login: setting(rateLimit.prefault('20/minute'), {
    name: 'RATE_LIMIT_LOGIN',
    description: 'Sign-ins from one address',
  }),
  export: setting(rateLimit.prefault('5/hour'), {
    name: 'RATE_LIMIT_EXPORT',
    description: 'Exports of all data of one user',
  }),
  invite: setting(rateLimit.prefault('60/hour'), {
    name: 'RATE_LIMIT_INVITE',
    description: 'Invitations that one user mails',
  }),
  webhook: setting(rateLimit.prefault('6000/minute'), {
    name: 'RATE_LIMIT_WEBHOOK',
    description: 'Deliveries of webhooks from one address',
  }),
  chatFree: setting(rateLimit.prefault('5/minute'), {
    name: 'RATE_LIMIT_CHAT_FREE',
    description: 'Chat requests of a team of tier free',
  }),
  chatPro: setting(rateLimit.prefault('30/minute'), {
    name: 'RATE_LIMIT_CHAT_PRO',
    description: 'Chat requests of a team of tier pro',
  }),
  chatEnterprise: setting(rateLimit.prefault('100/minute'), {
    name: 'RATE_LIMIT_CHAT_ENTERPRISE',
    description: 'Chat requests of a team of tier enterprise',
  }),
  chatStream: setting(rateLimit.optional(), {
    name: 'RATE_LIMIT_CHAT_STREAM',
    description:
      "Chat streams of a team; unset: the smaller of 20/minute and the tier's chat limit",
    example: '20/minute',
  }),
  failMode: setting(oneOf(['open', 'closed']).prefault('open'), {
    name: 'RATE_LIMIT_FAIL_MODE',
    description: 'Without Redis: open limits in each process alone, closed answers 503',
  }),
});
