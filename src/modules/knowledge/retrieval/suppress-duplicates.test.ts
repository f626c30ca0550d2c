import { expect, it } from 'vitest';
import { suppressDuplicates } from './suppress-duplicates.ts';

const TEXT =
  'The owl sleeps in the old oak at the edge of the forest until the evening comes, and then it hunts.';
const contents = (texts: readonly string[], limit = 10) =>
  suppressDuplicates(
    texts.map((content) => ({ content })),
    limit,
  ).map(({ content }) => content);

it('keeps the first of what says the same, whatever its case and punctuation', () => {
  expect(contents([TEXT, `${TEXT.toUpperCase()}!`, 'Another.'])).toEqual([TEXT, 'Another.']);
});

it('keeps texts that share much and not nearly all', () => {
  const longer = `${TEXT} Mice know it well and stay in their holes while it flies over the fields.`;
  expect(contents([TEXT, longer])).toEqual([TEXT, longer]);
  expect(contents(['the owl', 'the fox'])).toEqual(['the owl', 'the fox']);
});

it('ends at the limit, and fills it past copies', () => {
  expect(contents(['a b c d', 'a b c d', 'e f g h', 'i j k l'], 2)).toEqual(['a b c d', 'e f g h']);
});
