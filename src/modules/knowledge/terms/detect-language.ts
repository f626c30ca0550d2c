import { detectAll } from 'tinyld/light';
import { isLatinLanguage, LATIN_LANGUAGES, type LatinLanguage } from './stemmers.ts';

// Longer samples take ten times as long and tell no more.
const SAMPLE_LENGTH = 120;
// Below it tinyld guesses: questions of a few rare words come out as any language.
const MINIMUM_ACCURACY = 0.08;
const CANDIDATES = { only: ['en', ...LATIN_LANGUAGES] };

/** The language a text is clearly in, where that is one that can be stemmed beside English. */
export function detectLatinLanguage(text: string): LatinLanguage | undefined {
  const start = Math.max(0, Math.floor((text.length - SAMPLE_LENGTH) / 2));
  const [best] = detectAll(text.slice(start, start + SAMPLE_LENGTH).toWellFormed(), CANDIDATES);
  if (!best || best.accuracy < MINIMUM_ACCURACY) return undefined;
  return isLatinLanguage(best.lang) ? best.lang : undefined;
}
