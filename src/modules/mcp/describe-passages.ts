import type { RetrievedPassage } from '#modules/knowledge';

/** As much as a model can still weigh, as for agents. */
const MAX_CHARACTERS = 32_000;

/** Best first, each as it may be cited; those that would make the whole too long are left out, and counted. */
export function describePassages(passages: readonly RetrievedPassage[]) {
  let characters = 0;
  const kept = passages.filter(({ content }, index) => {
    characters += content.length;
    return index === 0 || characters <= MAX_CHARACTERS;
  });
  return {
    passages: kept.map((passage) => ({
      document_id: passage.documentId,
      document_title: passage.documentTitle,
      page: passage.page,
      start_offset: passage.startOffset,
      end_offset: passage.endOffset,
      score: passage.score,
      content: passage.content.slice(0, MAX_CHARACTERS).toWellFormed(),
    })),
    left_out: passages.length - kept.length,
  };
}
