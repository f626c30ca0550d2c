const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The kinds of characters that the rules of Unicode (UAX 29) tell apart. */
const OTHER = 0;
const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;
const SPACE = 4;
const CLOSE = 5;
const CONTINUE = 6;
const SURE_END = 7;
const POINT = 8;
const LINE_END = 9;
const LETTER = 10;

const KINDS_OF_CHARACTERS: readonly (readonly [RegExp, number])[] = [
  [/[\r\n]/, LINE_END],
  [/[.\u2024]/, POINT],
  [/[!?\u203c\u203d\u2047-\u2049]/, SURE_END],
  [/[,\-:;\u2013\u2014]/, CONTINUE],
  [/["'\p{Ps}\p{Pe}\p{Pi}\p{Pf}]/u, CLOSE],
  [/[0-9]/, DIGIT],
  [/\p{White_Space}/u, SPACE],
  [/\p{Lowercase}/u, LOWER],
  [/[\p{Uppercase}\p{Lt}]/u, UPPER],
  [/\p{Alphabetic}/u, LETTER],
];

/** Latin and Cyrillic, without marks that join the letter before them, and the punctuation of both. */
const FAMILIAR_RANGES = [
  [0x00, 0x84],
  [0x86, 0xac],
  [0xae, 0x24f],
  [0x400, 0x482],
  [0x48a, 0x52f],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
] as const;
const FAMILIAR = new RegExp(
  `^[${FAMILIAR_RANGES.map(([first, last]) => `${escapeCode(first)}-${escapeCode(last)}`).join('')}]*$`,
);
const KINDS = tabulate();

/** Whether sentences of the text can be found here. */
export function isFamiliar(text: string): boolean {
  return FAMILIAR.test(text);
}

/**
 * Where the sentence that begins at `start` ends, in a text that is familiar. The rules are those of Intl.Segmenter, to
 * the letter, at a fraction of its price; tests hold the two together. What is in brackets names the rules of UAX 29.
 */
export function findSentenceEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const kind = kindAt(text, at);
    if (kind === LINE_END) return afterLineEnd(text, at);
    if (kind !== SURE_END && kind !== POINT) {
      at += 1;
      continue;
    }
    if (kind === POINT && isInside(text, at)) {
      at += 1;
      continue;
    }
    const next = skip(text, skip(text, at + 1, CLOSE), SPACE);
    if (next >= text.length) return text.length;
    const nextKind = kindAt(text, next);
    if (nextKind === LINE_END) return afterLineEnd(text, next);
    if (!goesOn(text, next, { kind, nextKind })) return next;
    at = next;
  }
  return text.length;
}

/** A decimal point (SB6), or one between letters of which the second is large, as in "U.S" (SB7). */
function isInside(text: string, point: number): boolean {
  const next = kindAt(text, point + 1);
  if (next === DIGIT) return true;
  const before = kindAt(text, point - 1);
  return next === UPPER && (before === UPPER || before === LOWER);
}

/** What follows an end and its spaces says that it was none: "?,", "..." (SB8a), or "etc. and" (SB8). */
function goesOn(
  text: string,
  next: number,
  { kind, nextKind }: { readonly kind: number; readonly nextKind: number },
): boolean {
  if (nextKind === CONTINUE || nextKind === SURE_END || nextKind === POINT) return true;
  if (kind !== POINT) return false;
  let at = next;
  while (at < text.length && isPassedOver(kindAt(text, at))) at += 1;
  return kindAt(text, at) === LOWER;
}

function isPassedOver(kind: number): boolean {
  return kind === OTHER || (kind >= DIGIT && kind <= CONTINUE);
}

function skip(text: string, start: number, kind: number): number {
  let at = start;
  while (at < text.length && kindAt(text, at) === kind) at += 1;
  return at;
}

function afterLineEnd(text: string, at: number): number {
  const isPair = text.charCodeAt(at) === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED;
  return isPair ? at + 2 : at + 1;
}

/** Outside of the text nothing is. */
function kindAt(text: string, at: number): number {
  return KINDS[text.charCodeAt(at)] ?? OTHER;
}

function tabulate(): Uint8Array {
  const table = new Uint8Array(Math.max(...FAMILIAR_RANGES.map(([, last]) => last + 1)));
  for (const [first, last] of FAMILIAR_RANGES) {
    for (let code = first; code <= last; code += 1) {
      const character = String.fromCharCode(code);
      table[code] = KINDS_OF_CHARACTERS.find(([pattern]) => pattern.test(character))?.[1] ?? OTHER;
    }
  }
  return table;
}

function escapeCode(code: number): string {
  return String.raw`\u${code.toString(16).padStart(4, '0')}`;
}
