import type { XmlHandler } from './xml-reader.ts';

/** The text of one shape of a slide; the rows of a table are its lines. */
export type SlideText = {
  readonly kind: 'title' | 'body' | 'table' | 'notes';
  readonly text: string;
};

const TITLES = new Set(['title', 'ctrTitle']);
/** Shapes that say the same on each slide. */
const REPEATED = new Set(['sldNum', 'ftr', 'dt', 'hdr', 'sldImg']);

/** Gathers the texts of a slide while its XML is read. */
export function createSlideText(): { handler: XmlHandler; texts: readonly SlideText[] } {
  const texts: SlideText[] = [];
  let lines: string[] = [];
  let line = '';
  let cells: string[] = [];
  let rows: string[] = [];
  let placeholder = '';
  let isText = false;
  let isTable = false;

  function endParagraph(): void {
    if (line.trim() !== '') lines.push(line.trim());
    line = '';
  }

  function endCell(): void {
    cells.push(lines.join(' ').replaceAll(/\s+/g, ' '));
    lines = [];
  }

  function endShape(kind: SlideText['kind']): void {
    if (lines.length > 0 && !REPEATED.has(placeholder))
      texts.push({ kind, text: lines.join('\n') });
    lines = [];
  }

  const handler: XmlHandler = {
    open(name, attributes) {
      if (name === 'sp') placeholder = '';
      // A placeholder without a type is the slide's body.
      if (name === 'ph') placeholder = attributes['type'] ?? 'body';
      if (name === 'tbl') isTable = true;
      if (name === 'br') line += ' ';
      isText = name === 't';
    },
    close(name) {
      isText = false;
      if (name === 'p') endParagraph();
      if (name === 'tc') endCell();
      if (name === 'sp') endShape(TITLES.has(placeholder) ? 'title' : 'body');
      if (!isTable) return;
      if (name === 'tr') {
        rows.push(cells.join(' | '));
        cells = [];
      }
      if (name === 'tbl') {
        if (rows.length > 0) texts.push({ kind: 'table', text: rows.join('\n') });
        rows = [];
        isTable = false;
      }
    },
    text(data) {
      if (isText) line += data;
    },
  };
  return { handler, texts };
}
