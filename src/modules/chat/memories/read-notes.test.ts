import { expect, it } from 'vitest';
import { readNotes } from './read-notes.ts';

const wrap = (...notes: readonly unknown[]) => JSON.stringify({ notes });

it('reads the notes, also between fences and words', () => {
  expect(readNotes(wrap('Lives in Bern.'))).toEqual(['Lives in Bern.']);
  expect(readNotes(`Here:\n\`\`\`json\n${wrap('Lives in\n Bern. ')}\n\`\`\``)).toEqual([
    'Lives in Bern.',
  ]);
});

it.each(['', 'There is nothing.', '{', '{"notes": "x"}', '[]', '{"notes": {}}', 'null'])(
  'finds none in %j',
  (answer) => expect(readNotes(answer)).toEqual([]),
);

it('leaves out what cannot be kept, what is twice, and what is too much', () => {
  const odd = [7, null, '', ' ', 'a\0b', '\ud800', 'x'.repeat(301), { note: 'a' }];
  expect(readNotes(wrap(...odd, 'Is a baker.', 'Is  a baker.'))).toEqual(['Is a baker.']);
  const many = Array.from({ length: 9 }, (_, index) => `Note ${index}`);
  expect(readNotes(wrap(...many))).toEqual(many.slice(0, 5));
});
