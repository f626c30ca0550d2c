import { stemmer as stemArabic } from '@orama/stemmers/arabic';
import { stemmer as stemArmenian } from '@orama/stemmers/armenian';
import { stemmer as stemDanish } from '@orama/stemmers/danish';
import { stemmer as stemDutch } from '@orama/stemmers/dutch';
import { stemmer as stemFinnish } from '@orama/stemmers/finnish';
import { stemmer as stemFrench } from '@orama/stemmers/french';
import { stemmer as stemGerman } from '@orama/stemmers/german';
import { stemmer as stemGreek } from '@orama/stemmers/greek';
import { stemmer as stemHungarian } from '@orama/stemmers/hungarian';
import { stemmer as stemHindi } from '@orama/stemmers/indian';
import { stemmer as stemIndonesian } from '@orama/stemmers/indonesian';
import { stemmer as stemItalian } from '@orama/stemmers/italian';
import { stemmer as stemLithuanian } from '@orama/stemmers/lithuanian';
import { stemmer as stemNorwegian } from '@orama/stemmers/norwegian';
import { stemmer as stemPortuguese } from '@orama/stemmers/portuguese';
import { stemmer as stemRomanian } from '@orama/stemmers/romanian';
import { stemmer as stemRussian } from '@orama/stemmers/russian';
import { stemmer as stemSpanish } from '@orama/stemmers/spanish';
import { stemmer as stemSwedish } from '@orama/stemmers/swedish';
import { stemmer as stemTurkish } from '@orama/stemmers/turkish';
// The English stemmer of @orama/stemmers parts "distribution" from "distribute"; this one does as Postgres does.
import { stem as stemEnglish } from 'porter2';

type Stemmer = (word: string) => string;

/** The languages beside English that are written in Latin letters. */
const LATIN_STEMMERS = {
  da: stemDanish,
  de: stemGerman,
  es: stemSpanish,
  fi: stemFinnish,
  fr: stemFrench,
  hu: stemHungarian,
  id: stemIndonesian,
  it: stemItalian,
  lt: stemLithuanian,
  nl: stemDutch,
  no: stemNorwegian,
  pt: stemPortuguese,
  ro: stemRomanian,
  sv: stemSwedish,
  tr: stemTurkish,
} satisfies Record<string, Stemmer>;

export type LatinLanguage = keyof typeof LATIN_STEMMERS;

const SCRIPT_STEMMERS: readonly (readonly [RegExp, Stemmer])[] = [
  [/^[a-z]/, stemEnglish],
  [/^\p{Script=Cyrillic}/u, stemRussian],
  [/^\p{Script=Greek}/u, stemGreek],
  [/^\p{Script=Arabic}/u, stemArabic],
  [/^\p{Script=Devanagari}/u, stemHindi],
  [/^\p{Script=Armenian}/u, stemArmenian],
];

export function isLatinLanguage(code: string): code is LatinLanguage {
  return Object.hasOwn(LATIN_STEMMERS, code);
}

export const LATIN_LANGUAGES = Object.keys(LATIN_STEMMERS);

export function stemInLanguage(word: string, language: LatinLanguage): string {
  return LATIN_STEMMERS[language](word);
}

/** The stem that a folded word has by its script alone, whatever text it stands in. */
export function stemByScript(word: string): string {
  const [, stem] = SCRIPT_STEMMERS.find(([script]) => script.test(word)) ?? [];
  return stem ? stem(word) : word;
}
