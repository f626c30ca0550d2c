import type { ParsedBlock } from '../parsing/parsed-document.ts';
import type { ChunkDraft, SplitOptions } from './chunk-draft.ts';
import { createPieceSplitter, type TextPiece } from './text-pieces.ts';

/**
 * Packs a document into chunks. A heading and a new page each start one, so that a chunk has one section and one
 * page; paragraphs stay whole where they fit, sentences always; chunks of one section overlap. Tables and code are not
 * cut where they fit, and do not overlap: half a table says less than none. The splitters of
 * @langchain/textsplitters know neither pages nor offsets.
 */
export async function* splitIntoChunks(
  blocks: AsyncIterable<ParsedBlock>,
  options: SplitOptions,
): AsyncGenerator<ChunkDraft> {
  const splitBlock = createPieceSplitter({
    maxTokens: options.chunkSizeTokens,
    countTokens: options.countTokens,
  });
  const packer = createPacker(options);
  for await (const block of blocks) yield* packer.add(block, [...splitBlock(block)]);
  yield* packer.end();
}

function createPacker({ chunkSizeTokens, overlapTokens }: SplitOptions) {
  let pieces: TextPiece[] = [];
  let tokenCount = 0;
  /** Of `pieces`, those that no chunk has yet; the ones before them are overlap. */
  let freshCount = 0;
  let hasBody = false;
  let last: ParsedBlock | undefined;
  let ordinal = 0;

  function* add(block: ParsedBlock, blockPieces: readonly TextPiece[]): Generator<ChunkDraft> {
    const isNewPage = last !== undefined && last.page !== block.page;
    if (isNewPage || (block.kind === 'heading' && hasBody)) yield* close(0);
    yield* makeRoom(block, sumTokens(blockPieces));
    last = block;
    for (const piece of blockPieces) {
      if (tokenCount + piece.tokenCount > chunkSizeTokens) yield* close(piece.tokenCount);
      pieces.push(piece);
      tokenCount += piece.tokenCount;
      if (piece.text.trim() !== '') freshCount += 1;
    }
    hasBody ||= block.kind !== 'heading' && block.text.trim() !== '';
  }

  /** Ends the chunk early where the block can then be whole. */
  function* makeRoom(block: ParsedBlock, blockTokens: number): Generator<ChunkDraft> {
    const isLate = isUnit(block) ? hasBody : tokenCount >= chunkSizeTokens / 2;
    const isBetterWhole = blockTokens <= chunkSizeTokens && isLate;
    if (isBetterWhole && tokenCount + blockTokens > chunkSizeTokens)
      yield* close(isUnit(block) ? 0 : blockTokens);
  }

  /** Ends the chunk, and starts the next with as much of this one's end as the overlap and what follows allow. */
  function* close(nextTokens: number): Generator<ChunkDraft> {
    const chunk = freshCount > 0 ? toChunk() : undefined;
    if (chunk) yield chunk;
    const room = nextTokens === 0 ? 0 : Math.min(overlapTokens, chunkSizeTokens - nextTokens);
    pieces = takeOverlap(pieces, room);
    tokenCount = sumTokens(pieces);
    freshCount = 0;
    hasBody &&= pieces.length > 0;
  }

  function toChunk(): ChunkDraft | undefined {
    const text = pieces.map((piece) => piece.text).join('');
    const content = text.trim();
    const [first] = pieces;
    if (content === '' || !first || !last) return undefined;
    const startOffset = first.startOffset + (text.length - text.trimStart().length);
    const endOffset = startOffset + content.length;
    const { page, headingPath } = last;
    const draft = { ordinal, content, tokenCount, page, startOffset, endOffset, headingPath };
    ordinal += 1;
    return draft;
  }

  return { add, end: () => close(0) };
}

function isUnit({ kind }: ParsedBlock): boolean {
  return kind === 'table' || kind === 'code';
}

/** The last pieces that fit in the room, never all of them, and none of a table or of code. */
function takeOverlap(pieces: readonly TextPiece[], roomTokens: number): TextPiece[] {
  let start = pieces.length;
  let taken = 0;
  while (start > 1) {
    const piece = pieces[start - 1];
    taken += piece?.tokenCount ?? 0;
    if (taken > roomTokens || piece?.isOfUnit) break;
    start -= 1;
  }
  return pieces.slice(start);
}

function sumTokens(pieces: readonly TextPiece[]): number {
  return pieces.reduce((total, piece) => total + piece.tokenCount, 0);
}
