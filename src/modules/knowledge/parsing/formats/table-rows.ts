import type { DraftBlock } from './draft-block.ts';

/** A row whose values stand beside the names of their columns, so that it can be understood alone. */
export function namedRowBlock(
  cells: readonly string[],
  columns: readonly string[],
  headingPath: readonly string[],
): DraftBlock {
  const lines = cells
    .map((cell, index) => ({ cell, column: columns[index] }))
    .filter(({ cell }) => cell !== '')
    .map(({ cell, column }) => (column ? `${column}: ${cell}\n` : `${cell}\n`));
  return { kind: 'table', text: `${lines.join('')}\n`, page: null, headingPath };
}

// A third of a passage of the usual size, so that a passage has whole groups.
const GROUP_CHARACTERS = 700;

/**
 * Gathers rows that are lines of text into groups of a bounded size. Each group begins with the header, so that
 * wherever a table is divided, what its columns are is said anew.
 */
export function createRowGroups(emit: (text: string) => void) {
  let header = '';
  let text = '';
  let isInHeader = true;

  function end(): void {
    if (text !== '') emit(text);
    header = '';
    text = '';
    isInHeader = true;
  }

  return {
    end,
    add(row: string, { isHeader }: { readonly isHeader: boolean }): void {
      const isOver = text.length + row.length > GROUP_CHARACTERS && text.length > header.length;
      if (isOver) {
        emit(text);
        text = header;
      }
      text += row;
      isInHeader &&= isHeader;
      if (isInHeader) header = text.length <= GROUP_CHARACTERS ? text : '';
    },
  };
}
