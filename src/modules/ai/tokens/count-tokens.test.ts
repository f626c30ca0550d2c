import { describe, expect, it } from 'vitest';
import { fitsTokens, loadTokenCounter, truncateToTokens } from './count-tokens.ts';
import { countUsage } from './count-usage.ts';
import { estimateTokens } from './estimate-tokens.ts';

const TEXTS = {
  english: 'The guarantee of this device lasts two years from the day of purchase. '.repeat(5),
  german: 'Die Garantie für dieses Gerät gilt zwei Jahre ab dem Tag des Kaufs. '.repeat(5),
  chinese: '本设备的保修期为自购买之日起两年。涵盖材料和工艺缺陷。'.repeat(5),
  thai: 'การรับประกันมีอายุสองปีนับจากวันที่ซื้อ ครอบคลุมข้อบกพร่องของวัสดุ '.repeat(5),
  emoji: '🙂👍🏽 naïve '.repeat(10),
};

describe('counting', () => {
  it('takes commands of the encoding for text', async () => {
    const countTokens = await loadTokenCounter();
    expect(countTokens('hello world')).toBe(2);
    expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
    expect(countTokens('')).toBe(0);
  });

  it('counts long unbroken text in parts', async () => {
    const countTokens = await loadTokenCounter();
    const started = performance.now();
    expect(countTokens('x'.repeat(200_000))).toBeGreaterThan(10_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('counts the turns and the answer of a call, and says that it is an estimate', async () => {
    const turns = [
      { role: 'system', content: 'hello world' },
      { role: 'user', content: 'hello world' },
    ] as const;
    expect(await countUsage({ turns }, 'hello world')).toEqual({
      promptTokens: 12,
      completionTokens: 2,
      isEstimated: true,
    });
  });
});

describe('truncating', () => {
  it.each(Object.entries(TEXTS))('keeps a beginning of %s text that fits', async (_name, text) => {
    const countTokens = await loadTokenCounter();
    for (const maxTokens of [1, 2, 7, 20]) {
      const kept = await truncateToTokens(text, maxTokens);
      expect(text.startsWith(kept)).toBe(true);
      expect(kept.isWellFormed()).toBe(true);
      expect(countTokens(kept)).toBeLessThanOrEqual(maxTokens);
    }
    const kept = await truncateToTokens(text, 20);
    expect(kept.length).toBeGreaterThan(10);
  });

  it('keeps a text whole that fits', async () => {
    expect(await truncateToTokens(TEXTS.english, 1000)).toBe(TEXTS.english);
    expect(await fitsTokens(TEXTS.english, 70)).toBe(false);
    expect(await fitsTokens(TEXTS.english, 71)).toBe(true);
  });

  it('keeps no more than fits of an unbroken text', async () => {
    const countTokens = await loadTokenCounter();
    const kept = await truncateToTokens('x'.repeat(5000), 200);
    expect(kept.length).toBeGreaterThan(500);
    expect(countTokens(kept)).toBeLessThanOrEqual(200);
  });
});

it.each(Object.entries(TEXTS))('estimates %s text within twice its tokens', async (_name, text) => {
  const countTokens = await loadTokenCounter();
  const ratio = estimateTokens(text) / countTokens(text);
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});
