import { describe, expect, it } from 'vitest';
import { parseMailbox } from './mailbox.ts';

describe('a mailbox', () => {
  it.each([
    ['ada@example.com', { name: '', address: 'ada@example.com' }],
    ['<ada@example.com>', { name: '', address: 'ada@example.com' }],
    ['Ada Lovelace <ada@example.com>', { name: 'Ada Lovelace', address: 'ada@example.com' }],
    ['"Lovelace, Ada" <ada@example.com>', { name: 'Lovelace, Ada', address: 'ada@example.com' }],
    ['Übermut <ü@bücher.example>', { name: 'Übermut', address: 'ü@bücher.example' }],
  ])('is read from %s', (text, mailbox) => {
    expect(parseMailbox(text)).toEqual(mailbox);
  });

  it.each([
    '',
    'ada',
    'ada@',
    'ada@example.com, eve@example.com',
    'Ada <ada@example.com>, Eve <eve@example.com>',
    'Ada\r\nBcc: eve@example.com <ada@example.com>',
    'Ada <ada@example.com\r\nBcc: eve@example.com>',
    '"Ada\nBcc: eve@example.com" <ada@example.com>',
    'ada@example.com\u2028Bcc: eve@example.com',
    `${'a'.repeat(320)}@example.com`,
  ])('is not read from %j', (text) => {
    expect(parseMailbox(text)).toBeUndefined();
  });
});
