import type { TermExtractor } from '../terms/terms.ts';

/** Up to so many terms of its own, a question is taken for one that leans on what was asked before. */
const LEANING_TERMS = 3;
const READ_QUESTIONS = 3;

/**
 * What a short follow-up is searched for where no model rewrites it: the questions that it leans on, back to one
 * that stands alone, and then itself, twice, so that its own words count more than theirs.
 */
export function expandFollowUp(
  question: string,
  { earlier, extractTerms }: { earlier: readonly string[]; extractTerms: TermExtractor },
): string {
  const leans = (text: string) => extractTerms(text).counts.size <= LEANING_TERMS;
  if (!leans(question)) return question;
  const before: string[] = [];
  for (const text of earlier.slice(-READ_QUESTIONS).toReversed()) {
    before.unshift(text);
    if (!leans(text)) break;
  }
  return before.length === 0 ? question : [...before, question, question].join('\n');
}
