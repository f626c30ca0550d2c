import { readFileSync } from 'node:fs';
import { countTokens as countByLibrary } from 'gpt-tokenizer';
import { describe, expect, it } from 'vitest';
import { createTokenCounter } from './count-tokens.ts';

const countTokens = createTokenCounter();

describe('createTokenCounter', () => {
  it.each([
    ['prose', readFileSync('examples/release-notes.md', 'utf8')],
    ['code', readFileSync('src/modules/knowledge/splitting/split-into-chunks.ts', 'utf8')],
    ['numbers', '1 12 123 1234 12345.678,90 0x1F'],
    ['contractions', "I'm sure they'll say it's John's, WE'VE DON'T o'clock rock'n'roll"],
    ['capitals', 'HTTPServer iPhone McDonald NASAs aB Ab AB'],
    ['spaces', '  two   three\n\n\n four \t\t tabs \r\n end  '],
    ['marks', '--- *** /path//to///x #! ?! ... "(quoted)" a_b_c'],
    ['other scripts', 'Grüße, 世界! สวัสดี 👋'],
    [
      'words of Latin with marks',
      '“Naïve” — l’été, à Zürich … fin. \u00a0 Où? d\u0301e\u0301 a\u2003b c',
    ],
    ['spaces between words of other scripts', 'Привет, мир 5 раз. Γειά σου 世界 你好 ! а'],
    ['nothing', ''],
  ])('counts %s as o200k does', (_, text) => {
    expect(countTokens(text)).toBe(countByLibrary(text));
  });

  it('takes commands of a model for the text that they are', () => {
    expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
    expect(countTokens('ü <|endoftext|>')).toBeGreaterThan(1);
  });

  it('takes linear time for text without spaces', () => {
    for (const unit of ['a', 'é', '!', '👋']) {
      const startedAt = performance.now();
      expect(countTokens(unit.repeat(200_000))).toBeGreaterThan(1_000);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    }
  });
});
