import type { DocumentMimeType } from '../document-mime-type.ts';
import type { DraftBlock } from '../formats/draft-block.ts';
import { DEFAULT_PARSE_LIMITS } from '../parse-limits.ts';
import { readDocument } from '../read-document.ts';

/** The blocks of a document read in this thread; `partBytes` says in how small parts its bytes arrive. */
export async function readBlocks(
  content: string | Uint8Array,
  mimeType: DocumentMimeType,
  partBytes = 64 * 1024,
): Promise<DraftBlock[]> {
  const bytes = Buffer.from(content);
  async function* parts() {
    for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
  }
  const options = {
    kind: 'start',
    mimeType,
    sizeBytes: bytes.length,
    limits: DEFAULT_PARSE_LIMITS,
  } as const;
  const reader = await readDocument(parts(), options);
  return Array.fromAsync(reader.blocks);
}

export function textOf(blocks: readonly DraftBlock[]): string {
  return blocks.map((block) => block.text).join('');
}
