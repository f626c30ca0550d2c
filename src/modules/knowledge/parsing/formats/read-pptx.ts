import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { openArchive, type Archive } from './archive.ts';
import type { DraftBlock, FormatReader } from './draft-block.ts';
import { findMainPart, readOfficeRelations } from './office-relations.ts';
import { createSlideText, type SlideText } from './slide-text.ts';
import { createRowGroups } from './table-rows.ts';
import { readXml } from './xml-reader.ts';

/** The slides of a presentation, each a page: title, text, tables and the speaker's notes. */
export async function openPptx(bytes: Uint8Array, limits: ParseLimits): Promise<FormatReader> {
  const archive = await openArchive(bytes, limits);
  const slides = await listSlides(archive, limits);
  if (slides.length > limits.pages) throw new ParseError('too_many_pages');
  let slidesRead = 0;
  async function* readSlides(): AsyncGenerator<DraftBlock> {
    for (const [index, part] of slides.entries()) {
      yield* toBlocks(await readSlide(archive, part, limits), index + 1);
      slidesRead += 1;
    }
  }
  return {
    pageCount: slides.length,
    blocks: readSlides(),
    progress: () => slidesRead / Math.max(1, slides.length),
  };
}

/** In the order in which they are shown. */
async function listSlides(archive: Archive, limits: ParseLimits): Promise<readonly string[]> {
  const part = await findMainPart(archive, 'ppt/presentation.xml', limits);
  const { byId } = await readOfficeRelations(archive, part, limits);
  const slides: string[] = [];
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      const [, id = ''] = Object.entries(attributes).find(([key]) => key.endsWith(':id')) ?? [];
      const path = name === 'sldId' ? byId.get(id) : undefined;
      if (path) slides.push(path);
    },
  };
  await readXml(archive.read(part), handler, limits);
  return slides;
}

async function readSlide(
  archive: Archive,
  part: string,
  limits: ParseLimits,
): Promise<readonly SlideText[]> {
  const slide = createSlideText();
  await readXml(archive.read(part), slide.handler, limits);
  const notesPart = (await readOfficeRelations(archive, part, limits)).byType.get('notesSlide');
  if (!notesPart) return slide.texts;
  const notes = createSlideText();
  await readXml(archive.read(notesPart), notes.handler, limits);
  const spoken = notes.texts.filter(({ kind }) => kind === 'body');
  return [...slide.texts, ...spoken.map((text) => ({ ...text, kind: 'notes' as const }))];
}

/** The title first, wherever it stands in the file. */
function toBlocks(texts: readonly SlideText[], page: number): readonly DraftBlock[] {
  const title = texts.find(({ kind }) => kind === 'title');
  const headingPath = title ? [title.text.replaceAll(/\s+/g, ' ').trim()] : [];
  const blocks: DraftBlock[] = [];
  const add = (kind: DraftBlock['kind'], text: string) =>
    blocks.push({ kind, text, page, headingPath });
  if (title) add('heading', `${title.text}\n\n`);
  for (const text of texts) {
    if (text === title) continue;
    if (text.kind === 'table') addTable(text.text, (rows) => add('table', rows));
    else add('text', `${text.kind === 'notes' ? 'Notes: ' : ''}${text.text}\n\n`);
  }
  return blocks;
}

function addTable(text: string, emit: (rows: string) => void): void {
  const groups = createRowGroups(emit);
  for (const [index, row] of text.split('\n').entries())
    groups.add(`${row}\n`, { isHeader: index === 0 });
  groups.end();
}
