import type { getDocumentProxy } from 'unpdf';

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;
type Node = Awaited<ReturnType<PdfDocument['getOutline']>>[number];

/** A title of the outline, which viewers show beside the pages. */
export type OutlineEntry = {
  readonly title: string;
  /** Counts from one, outermost first. */
  readonly level: number;
  /** Counts from one. */
  readonly page: number;
};

const MAX_ENTRIES = 10_000;
const MAX_LEVEL = 8;

/** The outline in the order of its pages' titles; empty where there is none, or none that can be read. */
export async function readOutline(pdf: PdfDocument): Promise<readonly OutlineEntry[]> {
  const entries: OutlineEntry[] = [];

  async function add(nodes: readonly Node[], level: number): Promise<void> {
    for (const node of nodes) {
      if (entries.length >= MAX_ENTRIES) return;
      const page = await findPage(pdf, node);
      const title = node.title.replaceAll(/\s+/g, ' ').trim();
      if (page !== undefined && title !== '') entries.push({ title, level, page });
      if (level < MAX_LEVEL) await add(node.items, level + 1);
    }
  }

  try {
    await add((await pdf.getOutline()) ?? [], 1);
  } catch {
    // A broken outline says nothing against the pages.
    return [];
  }
  return entries;
}

async function findPage(pdf: PdfDocument, { dest }: Node): Promise<number | undefined> {
  const target = typeof dest === 'string' ? await pdf.getDestination(dest) : dest;
  const page: unknown = target?.[0];
  if (typeof page === 'number') return page + 1;
  return isReference(page) ? (await pdf.getPageIndex(page)) + 1 : undefined;
}

function isReference(value: unknown): value is { num: number; gen: number } {
  return typeof value === 'object' && value !== null && 'num' in value && 'gen' in value;
}
