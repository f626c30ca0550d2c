import { AppError } from '#platform/errors/app-error';

const CODE = /^[A-Z][A-Z0-9_]{2,40}$/;
const FIRST_PERMANENT = 500;
const BAD_SEQUENCE = 503;
/** What a server says of a mail or its recipient; other permanent replies are about us, and an operator mends them. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Puts a failure of the mail server into our words; its own may name addresses, and stay out of the cause too. */
export function describeSmtpFailure(error: unknown): AppError {
  const { code, responseCode } = readFailure(error);
  const cause = new Error(['mail server', code, responseCode].filter(Boolean).join(' '));
  if (responseCode === undefined && code !== 'EENVELOPE' && code !== 'EMESSAGE') {
    return new AppError('unavailable', 'The mail server could not be reached', {
      reason: 'email.unreachable',
      retryable: true,
      cause,
    });
  }
  return new AppError('external', 'The mail server did not take the mail', {
    reason: 'email.refused',
    retryable: !isPermanent(code, responseCode),
    cause,
  });
}

function isPermanent(code: string | undefined, responseCode: number | undefined): boolean {
  if (code === undefined || !ABOUT_THE_MAIL.has(code)) return false;
  if (responseCode === undefined) return true;
  return responseCode >= FIRST_PERMANENT && responseCode !== BAD_SEQUENCE;
}

function readFailure(error: unknown) {
  if (!(error instanceof Error)) return {};
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const responseCode =
    'responseCode' in error && typeof error.responseCode === 'number'
      ? error.responseCode
      : undefined;
  return { code: code && CODE.test(code) ? code : undefined, responseCode };
}
