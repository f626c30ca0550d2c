import { expect, it } from 'vitest';
import type { RetrievedPassage } from '#modules/knowledge';
import { newId } from '#shared/ids';
import { describePassages } from './describe-passages.ts';

function passage(content: string, score: number): RetrievedPassage {
  return {
    chunkId: newId(),
    documentId: newId(),
    documentTitle: 'birds.pdf',
    content,
    page: 3,
    startOffset: 10,
    endOffset: 10 + content.length,
    headingPath: [],
    score,
  };
}

it('says of each passage where it stands, and how well it fits', () => {
  const { passages, left_out: leftOut } = describePassages([passage('Herons fish.', 2.5)]);
  expect(passages).toEqual([
    {
      document_id: expect.any(String),
      document_title: 'birds.pdf',
      page: 3,
      start_offset: 10,
      end_offset: 22,
      score: 2.5,
      content: 'Herons fish.',
    },
  ]);
  expect(leftOut).toBe(0);
});

it('leaves out what would make the whole too long, and says how much', () => {
  const described = describePassages(
    [1, 2, 3, 4].map((score) => passage('x'.repeat(12_000), score)),
  );
  expect(described.passages).toHaveLength(2);
  expect(described.left_out).toBe(2);
  const one = describePassages([passage('x'.repeat(50_000), 1)]);
  expect(one.passages[0]?.content).toHaveLength(32_000);
});
