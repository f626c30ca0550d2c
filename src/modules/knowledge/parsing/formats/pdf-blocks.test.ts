import { expect, it } from 'vitest';
import { createPdfBlocks } from './pdf-blocks.ts';

const FULL = 500;

function paragraph(...lines: readonly [text: string, right?: number][]): string[] {
  const placed = lines.map(([text, right = FULL], index) => ({
    text,
    right,
    left: 50,
    top: 700 - index * 14,
    fontSize: 11,
  }));
  const blocks = createPdfBlocks();
  // A page before, which tells how wide lines can be.
  for (const _ of blocks.readPage(1, [
    { text: 'Full.', right: FULL, left: 50, top: 700, fontSize: 11 },
  ]));
  return [...blocks.readPage(2, placed)].map((block) => block.text);
}

it('joins the lines of a sentence', () => {
  expect(paragraph(['The warranty is'], ['two years.', 120])).toEqual([
    'The warranty is two years.\n\n',
  ]);
});

it('makes a word whole again that was divided at the end of a line', () => {
  expect(paragraph(['The war-'], ['ranty.', 120])).toEqual(['The warranty.\n\n']);
  expect(paragraph(['The war\u00AD'], ['ranty.', 120])).toEqual(['The warranty.\n\n']);
});

it('keeps the hyphen before a capital letter or a number', () => {
  expect(paragraph(['Model A-'], ['Class', 90])).toEqual(['Model A- Class\n\n']);
});

it('puts no space between lines of Chinese', () => {
  expect(paragraph(['保修期'], ['是两年', 120])).toEqual(['保修期是两年\n\n']);
});

it('keeps lines apart that were ended on purpose, and list items', () => {
  expect(paragraph(['Halden Cycles', 120], ['Main Street 1', 120])).toEqual([
    'Halden Cycles\nMain Street 1\n\n',
  ]);
  expect(paragraph(['Bring these things with you:'], ['- a pen', 90], ['- paper', 90])).toEqual([
    'Bring these things with you:\n- a pen\n- paper\n\n',
  ]);
});
