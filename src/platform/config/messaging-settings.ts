import { z } from 'zod';
import { parseMailbox } from '#shared/mailbox';
import { oneOf, text, url } from './setting-kinds.ts';
import { setting } from './setting.ts';

const mailbox = text.refine((value) => parseMailbox(value) !== undefined, {
  error: 'must be an address, or a name and an address in angle brackets',
});

export const emailSettings = z.object({
  provider: setting(oneOf(['console', 'smtp']).prefault('console'), {
    name: 'EMAIL_PROVIDER',
    description: 'What delivers mails: console writes them to the log, smtp sends them',
  }),
  from: setting(mailbox.prefault('Groundwork <no-reply@localhost>'), {
    name: 'EMAIL_FROM',
    description: 'Whom mails come from',
    example: 'Groundwork <no-reply@example.com>',
  }),
  smtpUrl: setting(url('smtp:', 'smtps:').optional(), {
    name: 'SMTP_URL',
    description: 'Mail server of EMAIL_PROVIDER smtp; smtps:// for TLS from the first byte',
    example: 'smtp://user:password@mail.example.com:587',
    isSecret: true,
  }),
});
