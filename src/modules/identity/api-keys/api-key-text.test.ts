import { describe, expect, it } from 'vitest';
import { redactText } from '#platform/telemetry/redaction';
import { createApiKeyText, hashApiKey, isWellFormed, prefixOf } from './api-key-text.ts';

describe('an API key', () => {
  it('is told from everything else by its beginning, and never the same twice', () => {
    const keys = Array.from({ length: 200 }, createApiKeyText);
    expect(new Set(keys).size).toBe(200);
    for (const key of keys) expect(key).toMatch(/^gw_live_[0-9A-Za-z]{42}$/);
    expect(keys.every(isWellFormed)).toBe(true);
  });

  it('is known to be mistyped wherever one character is another', () => {
    const key = createApiKeyText();
    for (let place = 0; place < key.length; place += 1) {
      const other = key[place] === 'x' ? 'y' : 'x';
      expect(isWellFormed(key.slice(0, place) + other + key.slice(place + 1))).toBe(false);
    }
    const reversed = Array.from(key.slice(8, 44)).toReversed().join('');
    const swapped = key.slice(0, 8) + reversed + key.slice(44);
    for (const text of [
      '',
      'gw_live_',
      key.slice(0, -1),
      `${key}0`,
      ` ${key}`,
      `${key}\n`,
      swapped,
    ])
      expect(isWellFormed(text)).toBe(false);
  });

  it('shows no more than six characters of its secret', () => {
    const key = createApiKeyText();
    expect(prefixOf(key)).toHaveLength('gw_live_'.length + 6);
    expect(key.startsWith(prefixOf(key))).toBe(true);
    expect(hashApiKey(key)).toHaveLength(32);
  });

  it('is blanked out of what is logged', () => {
    const key = createApiKeyText();
    expect(redactText(`the key ${key} was refused`)).not.toContain(key.slice(8));
  });
});
