import type { Passage } from '../../chat-model.ts';
import { createTermReader } from './read-terms.ts';
import { createSentenceSplitter } from './split-sentences.ts';

export type Quote = { readonly passageId: number; readonly text: string };

export type SentenceSelector = (question: string, passages: readonly Passage[]) => readonly Quote[];

type Sentence = Quote & {
  readonly terms: ReadonlySet<string>;
  /** What was said right before, and the title: a sentence may leave out what it is about. */
  readonly context: readonly ReadonlySet<string>[];
  readonly prior: number;
};

type Rated = Sentence & { readonly coverage: number; readonly score: number };

/** Share of the question, by weight, that a sentence must speak of. Tuned on questions with and without an answer. */
const LEAST_COVERAGE = 0.4;
/** A further sentence is quoted when it is nearly as good as the best. */
const LEAST_SHARE_OF_BEST = 0.7;
const MAX_QUOTES = 3;
const CONTEXT_WEIGHT = 0.5;
const FUNCTION_WORD_WEIGHT = 0.1;
/** How much of the score the passage's own rank decides. */
const PRIOR_WEIGHT = 0.25;
const FRAGMENT_FACTOR = 0.5;
const SHORTEST_SENTENCE_TERMS = 4;
const LONG_SENTENCE_TERMS = 40;
const SENTENCE_END = /[.!…。！।]["'”’»)\]]*$/u;
const QUESTION_END = /[?？]["'”’»)\]]*$/u;

/** Picks the sentences that answer best by their words: what they share with the question, rare words first. */
export function createSentenceSelector(): SentenceSelector {
  const reader = createTermReader();
  const splitSentences = createSentenceSplitter();

  function* sentencesOf(passage: Passage, bestScore: number): Generator<Sentence> {
    const title = reader.readTerms(passage.documentTitle);
    const prior = bestScore > 0 ? Math.max(passage.score, 0) / bestScore : 1;
    let context = [title];
    for (const text of splitSentences(passage.content)) {
      const terms = reader.readTerms(text);
      yield { passageId: passage.id, text, terms, context, prior };
      context = [title, terms];
    }
  }

  return (question, passages) => {
    const bestScore = Math.max(0, ...passages.map((passage) => passage.score));
    const sentences = passages.flatMap((passage) => [...sentencesOf(passage, bestScore)]);
    const asked = reader.readTerms(question);
    const content = reader.readContentTerms(question);
    if (content.size === 0) return [];
    const weights = weigh(asked, { sentences, content });
    const rated = sentences
      .filter(({ terms }) => [...terms].some((term) => !asked.has(term)))
      .map((sentence) => rate(sentence, weights))
      .filter(({ coverage }) => coverage >= LEAST_COVERAGE)
      .toSorted((left, right) => right.score - left.score);
    return chooseBest(rated);
  };
}

/** What each term of the question counts: one that stands once, twice as much as one that stands everywhere. */
function weigh(
  question: ReadonlySet<string>,
  { sentences, content }: { sentences: readonly Sentence[]; content: ReadonlySet<string> },
): ReadonlyMap<string, number> {
  const mostRare = Math.log(sentences.length + 1);
  const weights = new Map<string, number>();
  for (const term of question) {
    const frequency = sentences.filter(({ terms }) => terms.has(term)).length;
    // A word that stands nowhere counts like one that stands once: it may be asked for by another name.
    const rarity = Math.log((sentences.length + 1) / Math.max(frequency, 1)) / mostRare;
    weights.set(term, (1 + rarity) * (content.has(term) ? 1 : FUNCTION_WORD_WEIGHT));
  }
  return weights;
}

function rate(sentence: Sentence, weights: ReadonlyMap<string, number>): Rated {
  let total = 0;
  let own = 0;
  let fromContext = 0;
  for (const [term, weight] of weights) {
    total += weight;
    if (sentence.terms.has(term)) own += weight;
    else if (sentence.context.some((terms) => terms.has(term))) fromContext += weight;
  }
  const coverage = total > 0 ? (own + fromContext * CONTEXT_WEIGHT) / total : 0;
  const rank = 1 - PRIOR_WEIGHT + PRIOR_WEIGHT * sentence.prior;
  return { ...sentence, coverage, score: coverage * rank * shapeFactor(sentence) };
}

/** Headings and questions tell little, and a sentence that speaks of everything does not tell it to the point. */
function shapeFactor({ text, terms }: Sentence): number {
  const isHeading = terms.size < SHORTEST_SENTENCE_TERMS && !SENTENCE_END.test(text);
  if (isHeading || QUESTION_END.test(text)) return FRAGMENT_FACTOR;
  return Math.min(1, Math.sqrt(LONG_SENTENCE_TERMS / Math.max(terms.size, 1)));
}

function chooseBest(rated: readonly Rated[]): readonly Quote[] {
  const least = (rated[0]?.score ?? 0) * LEAST_SHARE_OF_BEST;
  const quotes: Quote[] = [];
  for (const { text, passageId, score } of rated) {
    if (quotes.length === MAX_QUOTES || score < least) break;
    // Passages of one document overlap.
    if (quotes.every((quote) => quote.text !== text)) quotes.push({ text, passageId });
  }
  return quotes;
}
