import type { RetrievalSettings } from '#modules/projects';
import type { TermExtractor } from '../terms/terms.ts';
import { expandFollowUp } from './expand-follow-up.ts';
import type { RetrieveInput } from './knowledge-retriever.ts';

export type QueryRewriting = NonNullable<RetrievalSettings['queryRewriting']>;

export type ChosenQuery = {
  readonly query: string;
  /** Who made it of the question; `none` where it is the question itself. */
  readonly rewriting: QueryRewriting;
};

/** What is searched for: the question, or what a follow-up comes to, as its project says. */
export async function chooseQuery(
  { query, followUp }: Pick<RetrieveInput, 'query' | 'followUp'>,
  { setting, extractTerms }: { setting: QueryRewriting | undefined; extractTerms: TermExtractor },
  signal: AbortSignal,
): Promise<ChosenQuery> {
  const asked = { query, rewriting: 'none' } as const;
  if (!followUp || followUp.earlier.length === 0 || setting === 'none') return asked;
  if (followUp.rewrite && setting !== 'words') {
    const rewritten = await followUp.rewrite(signal);
    return rewritten === undefined ? asked : { query: rewritten, rewriting: 'model' };
  }
  const expanded = expandFollowUp(query, { earlier: followUp.earlier, extractTerms });
  return expanded === query ? asked : { query: expanded, rewriting: 'words' };
}
