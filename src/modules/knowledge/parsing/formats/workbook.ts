import type { ParseLimits } from '../parse-limits.ts';
import type { Archive } from './archive.ts';
import { findMainPart, readOfficeRelations } from './office-relations.ts';
import { numberFormatOf, type NumberFormat } from './sheet-numbers.ts';
import { readXml } from './xml-reader.ts';

export type Sheet = { readonly title: string; readonly part: string };

/** What the sheets of a workbook share. */
export type Workbook = {
  /** Those that are shown, in their order. */
  readonly sheets: readonly Sheet[];
  readonly isFrom1904: boolean;
  readonly texts: readonly string[];
  /** By the number of a cell's style. */
  readonly formats: readonly NumberFormat[];
};

export async function openWorkbook(archive: Archive, limits: ParseLimits): Promise<Workbook> {
  const part = await findMainPart(archive, 'xl/workbook.xml', limits);
  const { byId, byType } = await readOfficeRelations(archive, part, limits);
  const sheets: Sheet[] = [];
  let isFrom1904 = false;
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      if (name === 'workbookPr') isFrom1904 = /^(?:1|true)$/.test(attributes['date1904'] ?? '');
      const isShown = (attributes['state'] ?? 'visible') === 'visible';
      if (name !== 'sheet' || !isShown) return;
      const [, id = ''] = Object.entries(attributes).find(([key]) => key.endsWith(':id')) ?? [];
      const path = byId.get(id);
      if (path) sheets.push({ title: attributes['name'] ?? '', part: path });
    },
  };
  await readXml(archive.read(part), handler, limits);
  const texts = await readSharedTexts(archive, byType.get('sharedStrings'), limits);
  const formats = await readFormats(archive, byType.get('styles'), limits);
  return { sheets, isFrom1904, texts, formats };
}

/** Texts that cells call by their place; what tells how to pronounce them is left out. */
async function readSharedTexts(
  archive: Archive,
  part: string | undefined,
  limits: ParseLimits,
): Promise<readonly string[]> {
  const texts: string[] = [];
  let text = '';
  let phonetic = 0;
  let isText = false;
  const handler = {
    open(name: string): void {
      if (name === 'si') text = '';
      if (name === 'rPh') phonetic += 1;
      isText = name === 't' && phonetic === 0;
    },
    close(name: string): void {
      if (name === 'si') texts.push(text);
      if (name === 'rPh') phonetic -= 1;
      isText = false;
    },
    text(data: string): void {
      if (isText) text += data;
    },
  };
  if (part) await readXml(archive.read(part), handler, limits);
  return texts;
}

async function readFormats(
  archive: Archive,
  part: string | undefined,
  limits: ParseLimits,
): Promise<readonly NumberFormat[]> {
  const codes = new Map<number, string>();
  const formats: NumberFormat[] = [];
  let isInCells = false;
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      const id = Number(attributes['numFmtId']);
      if (name === 'numFmt') codes.set(id, attributes['formatCode'] ?? '');
      if (name === 'cellXfs') isInCells = true;
      if (name === 'xf' && isInCells) formats.push(numberFormatOf(id, codes.get(id)));
    },
    close(name: string): void {
      if (name === 'cellXfs') isInCells = false;
    },
  };
  if (part) await readXml(archive.read(part), handler, limits);
  return formats;
}
