import { describe, expect, it } from 'vitest';
import { parseEmail } from './parse-email.ts';

describe('the canonical form of an address', () => {
  it.each([
    ['mixed case', 'Ada@Example.COM', 'ada@example.com'],
    ['blanks around', '\u00a0 ada@example.com \n', 'ada@example.com'],
    ['the dot of the DNS root', 'ada@example.com.', 'ada@example.com'],
    ['fullwidth letters', 'ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['a ligature', 'ﬁona@example.com', 'fiona@example.com'],
    ['a decomposed letter', 'rene\u0301@example.com', 'ren\u00e9@example.com'],
    ['capitals that fold to two code points', 'İlk@example.com', 'i\u0307lk@example.com'],
    ['letters beyond ASCII in the domain', 'Info@BÜCHER.example', 'info@bücher.example'],
    ['a tag and an apostrophe', "o'brien+news@x-y.co.uk", "o'brien+news@x-y.co.uk"],
  ])('folds %s', (_case, text, canonical) => {
    expect(parseEmail(text)).toBe(canonical);
  });

  it.each(['Ada@Example.COM', 'İlk@example.com', 'STRAẞE@example.com', 'ΟΔΟΣ@example.gr'])(
    'does not change a second time: %s',
    (text) => {
      const once = parseEmail(text);
      expect(once).toBeDefined();
      expect(parseEmail(once ?? '')).toBe(once);
    },
  );

  it('keeps apart what are two mailboxes', () => {
    expect(parseEmail('straße@example.com')).not.toBe(parseEmail('strasse@example.com'));
    expect(parseEmail('İlk@example.com')).not.toBe(parseEmail('ilk@example.com'));
    expect(parseEmail('ılk@example.com')).not.toBe(parseEmail('ilk@example.com'));
  });

  it.each([
    'ada',
    '@example.com',
    'ada@',
    'ada@localhost',
    'ada@127.0.0.1',
    'ada@@example.com',
    'a da@example.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    'ada@-example.com',
    'ada@example..com',
    'ada\0@example.com',
    'a\u200dda@example.com',
    'ada\u202e@example.com',
    '<ada@example.com>',
    'ada@example.com\nbcc: eve@example.com',
    `${'a'.repeat(65)}@example.com`,
  ])('refuses %j', (text) => {
    expect(parseEmail(text)).toBeUndefined();
  });

  it('takes 254 characters and refuses 255', () => {
    expect(parseEmail(addressOf(254))).toHaveLength(254);
    expect(parseEmail(addressOf(255))).toBeUndefined();
  });

  it('reads hostile text in time that grows with its length only', () => {
    const startedAt = performance.now();
    parseEmail(`ada@${'a-'.repeat(100_000)}`);
    parseEmail(`${'a.'.repeat(100_000)}@example.com`);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

/** An address of that many characters, with labels as short as they must be. */
function addressOf(length: number): string {
  const longDomain = 'label.'.repeat(50);
  return `ada@${longDomain.slice(-(length - 'ada@io'.length))}io`;
}
