import type { MailAction, MailContent } from './render-mail.ts';

/** Addresses under which the service is reached. */
export type MailUrls = { readonly publicUrl: string; readonly apiUrl: string };

/** How long what is mailed can be used, in words. */
export type MailLifetimes = { readonly verification: string; readonly passwordReset: string };

export type ActionDraft = {
  readonly label: string;
  /** Page of the web console; it reads the token from the fragment, which no server gets to see. */
  readonly page: string;
  /** The route behind it. */
  readonly route: string;
  readonly token: string;
};

// No mail greets by name: whoever registers a foreign address would choose what its owner reads.
const NOT_YOU = 'If this was not you, do nothing and nothing happens.';

export function createMailAction(
  { publicUrl, apiUrl }: MailUrls,
  { label, page, route, token }: ActionDraft,
): MailAction {
  return {
    label,
    link: `${publicUrl}${page}#token=${token}`,
    call: `POST ${apiUrl}${route}`,
    token,
  };
}

export function verificationContent(
  urls: MailUrls,
  { token, lifetimes }: { readonly token: string; readonly lifetimes: MailLifetimes },
): MailContent {
  return {
    subject: 'Confirm your email address',
    paragraphs: ['Please confirm that this email address is yours.'],
    action: createMailAction(urls, {
      label: 'Confirm the address',
      page: '/verify-email',
      route: '/auth/email/verify',
      token,
    }),
    closing: [`The link works once, for ${lifetimes.verification}.`, NOT_YOU],
  };
}

export function registrationContent(
  urls: MailUrls,
  { token, lifetimes }: { readonly token: string; readonly lifetimes: MailLifetimes },
): MailContent {
  return {
    subject: 'Confirm your registration',
    paragraphs: [
      'Somebody signed up with this email address. If it was you, confirm it and your account is made.',
    ],
    action: createMailAction(urls, {
      label: 'Confirm the registration',
      page: '/confirm-registration',
      route: '/auth/register/confirm',
      token,
    }),
    closing: [`The link works once, for ${lifetimes.verification}.`, NOT_YOU],
  };
}

export function knownRegistrationContent({ publicUrl }: MailUrls): MailContent {
  return {
    subject: 'You have an account already',
    paragraphs: [
      'Somebody signed up with this email address, which has an account already. Nothing was changed.',
      `If it was you, sign in at ${publicUrl} or ask there for a new password.`,
    ],
    closing: ['If it was not you, there is nothing to do.'],
  };
}

export function passwordResetContent(
  urls: MailUrls,
  { token, lifetimes }: { readonly token: string; readonly lifetimes: MailLifetimes },
): MailContent {
  return {
    subject: 'Set a new password',
    paragraphs: ['Somebody asked for a new password for the account of this email address.'],
    action: createMailAction(urls, {
      label: 'Set a new password',
      page: '/reset-password',
      route: '/auth/password/reset',
      token,
    }),
    closing: [`The link works once, for ${lifetimes.passwordReset}.`, NOT_YOU],
  };
}

export function emailChangeContent(
  urls: MailUrls,
  { token, lifetimes }: { readonly token: string; readonly lifetimes: MailLifetimes },
): MailContent {
  return {
    subject: 'Confirm your new email address',
    paragraphs: ['Please confirm that your account shall have this email address from now on.'],
    action: createMailAction(urls, {
      label: 'Confirm the new address',
      page: '/verify-email',
      route: '/auth/email/verify',
      token,
    }),
    closing: [`The link works once, for ${lifetimes.verification}.`, NOT_YOU],
  };
}

export function emailChangeNotice({ publicUrl }: MailUrls): MailContent {
  return {
    subject: 'Your email address is about to change',
    paragraphs: [
      'Somebody who knows your password asked for another email address for your account. It holds once the new address is confirmed.',
    ],
    closing: [`If this was not you, set a new password at ${publicUrl} now: that stops it.`],
  };
}

export function welcomeContent({ publicUrl }: MailUrls): MailContent {
  return {
    subject: 'Welcome to Groundwork',
    paragraphs: ['Your account is ready.', `Sign in at ${publicUrl}`],
    closing: [],
  };
}
