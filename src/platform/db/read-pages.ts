export const PAGE_SIZE = 500;

/** Reads rows a page at a time, each page from the last row of the one before, when its reader asks for more. */
export async function* readPages<Row extends { readonly id: string }>(
  readPage: (page: { readonly afterId: string; readonly limit: number }) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let afterId: string | undefined = FIRST_ID;
  while (afterId !== undefined) {
    const rows: readonly Row[] = await readPage({ afterId, limit: PAGE_SIZE });
    yield* rows;
    afterId = rows.length === PAGE_SIZE ? rows.at(-1)?.id : undefined;
  }
}

/** Before every id there is. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** One sequence after the other. */
export async function* chain<Source, Item>(
  sources: Iterable<Source> | AsyncIterable<Source>,
  read: (source: Source) => AsyncIterable<Item>,
): AsyncGenerator<Item> {
  for await (const source of sources) yield* read(source);
}
