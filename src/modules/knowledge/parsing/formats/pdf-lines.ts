import type { getDocumentProxy } from 'unpdf';

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof getDocumentProxy>>['getPage']>>;
type TextItems = Awaited<ReturnType<Page['getTextContent']>>['items'];

/** A line of a page: its text, where it stands and how tall its letters are, in points. */
export type PdfLine = {
  readonly text: string;
  readonly fontSize: number;
  readonly top: number;
  readonly left: number;
  readonly right: number;
};

/** Puts the pieces of text that a page draws together to lines. */
export function toLines(items: TextItems): PdfLine[] {
  const lines: PdfLine[] = [];
  let pieces: PdfLine[] = [];
  for (const item of items) {
    if (!('str' in item)) continue;
    const piece = toPiece(item);
    if (piece.text !== '') pieces.push(piece);
    if (item.hasEOL) {
      lines.push(...joinPieces(pieces));
      pieces = [];
    }
  }
  return [...lines, ...joinPieces(pieces)];
}

function toPiece(item: Extract<TextItems[number], { str: string }>): PdfLine {
  // A text matrix is [a, b, c, d, x, y]: the length of (c, d) is the height of the letters.
  const [, , c = 0, d = 0, x = 0, y = 0]: number[] = item.transform;
  return { text: item.str, fontSize: Math.hypot(c, d), top: y, left: x, right: x + item.width };
}

function joinPieces(pieces: readonly PdfLine[]): PdfLine[] {
  const text = pieces
    .map((piece) => piece.text)
    .join('')
    .replaceAll(/[\s\u00A0]+/g, ' ')
    .trim();
  const [first] = pieces;
  if (text === '' || !first) return [];
  const right = Math.max(...pieces.map((piece) => piece.right));
  const fontSize = Math.max(
    ...pieces.filter((piece) => piece.text.trim() !== '').map((piece) => piece.fontSize),
  );
  return [{ text, fontSize, top: first.top, left: first.left, right }];
}
