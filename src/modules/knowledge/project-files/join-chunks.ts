import type { Page, PageRequest } from '#shared/page';

type Chunk = { readonly content: string; readonly startOffset: number; readonly endOffset: number };

const PAGE_SIZE = 100;

/** Between two chunks that do not touch there was nothing but space, which neither kept. */
const GAP = '\n\n';

/** The text of chunks that follow one another, with what two of them share only once. */
export async function* joinChunks<Item extends Chunk>(
  listChunks: (page: PageRequest) => Promise<Page<Item>>,
  isWanted: (chunk: Item) => boolean = () => true,
): AsyncGenerator<string> {
  let end = 0;
  for (let page = 1; ; page += 1) {
    const { items } = await listChunks({ page, pageSize: PAGE_SIZE });
    for (const { content, startOffset, endOffset } of items.filter(isWanted)) {
      const gap = end > 0 && startOffset > end ? GAP : '';
      if (endOffset > end) yield gap + content.slice(Math.max(0, end - startOffset));
      end = Math.max(end, endOffset);
    }
    if (items.length < PAGE_SIZE) return;
  }
}
