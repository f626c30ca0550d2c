import { describe, expect, it } from 'vitest';
import { createSeam, findOverlap } from './trim-overlap.ts';

const SAID = 'Cats sleep long. The quick brown fox jumps';

function joinPieces(said: string, pieces: readonly string[]): string {
  const seam = createSeam(said);
  return said + pieces.map((piece) => seam.push(piece)).join('') + seam.flush();
}

describe('a continuation', () => {
  it.each([
    ['goes on at once', ' over it.', `${SAID} over it.`],
    ['repeats the last words', 'brown fox jumps over it.', `${SAID} over it.`],
    ['repeats the last sentence', 'The quick brown fox jumps over it.', `${SAID} over it.`],
    ['begins anew', `${SAID} over it.`, `${SAID} over it.`],
    ['says nothing', '', SAID],
    ['ends within its repetition', 'The quick brown', SAID],
    ['begins with a letter that was the last', 's, it does.', `${SAID}s, it does.`],
    ['shares only a short word', 'jumps high.', `${SAID}jumps high.`],
    ['only looks like a repetition', 'brown fox leaps', `${SAID}brown fox leaps`],
  ])('that %s joins what was said', (_what, continuation, whole) => {
    expect(joinPieces(SAID, [continuation])).toBe(whole);
    expect(joinPieces(SAID, continuation.split(''))).toBe(whole);
  });

  it('of a few words is recognised when it begins anew', () => {
    expect(joinPieces('Hello', ['He', 'llo, you'])).toBe('Hello, you');
  });

  it('of a long answer is recognised by its end, and by its beginning', () => {
    const said = Array.from({ length: 900 }, (_, index) => `word${index} `).join('');
    expect(joinPieces(said, [said.slice(-600), 'more'])).toBe(`${said}more`);
    expect(joinPieces(said, [said, 'more'])).toBe(`${said}more`);
  });

  it('is passed on as it comes once it is new', () => {
    const seam = createSeam(SAID);
    expect(seam.push('fox ju')).toBe('');
    expect(seam.push('mps over')).toBe(' over');
    expect(seam.push('fox jumps')).toBe('fox jumps');
    expect(seam.flush()).toBe('');
  });
});

describe('the overlap of two texts', () => {
  it('is the longest that is at the end of one and the beginning of the other', () => {
    expect(findOverlap('lalalalalala', 'lalalalalala!')).toBe(12);
    expect(findOverlap('one two three', 'two three four')).toBe('two three'.length);
    expect(findOverlap('', 'anything')).toBe(0);
  });
});
