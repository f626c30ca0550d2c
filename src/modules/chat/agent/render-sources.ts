import type { QuotablePassage } from './extract-citations.ts';

const SOURCE_TAG = /<(?=\s*\/?\s*sources?\b)/gi;
const ATTRIBUTE_CHARACTERS = /["<>\r\n]/g;

/** The passages as numbered sources inside tags that their own text cannot open or close. */
export function renderSources(
  passages: readonly QuotablePassage[],
  { firstNumber }: { readonly firstNumber?: number } = {},
): string {
  const rendered = passages.map((passage, index) =>
    firstNumber === undefined
      ? renderSource(passage, `id="${index + 1}"`)
      : renderSource(passage, `id="${firstNumber + index}" document_id="${passage.documentId}"`),
  );
  return `<sources>\n${rendered.join('\n')}\n</sources>`;
}

function renderSource(passage: QuotablePassage, names: string): string {
  const title = passage.documentTitle.replaceAll(ATTRIBUTE_CHARACTERS, ' ');
  const page = passage.page === null ? '' : ` page="${passage.page}"`;
  return `<source ${names} title="${title}"${page}>\n${neutralise(passage.content)}\n</source>`;
}

/** Only what looks like our tags is changed, so that a quote of anything else stays byte for byte. */
function neutralise(content: string): string {
  return content.replaceAll(SOURCE_TAG, '&lt;');
}
