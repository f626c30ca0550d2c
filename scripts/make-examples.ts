// Writes the example documents that come as files of a format: examples/handbook.pdf and examples/warranty.docx.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Document,
  HeadingLevel,
  Packer,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  WidthType,
  type FileChild,
} from 'docx';
import { PDFDocument, StandardFonts, type PDFFont, type PDFPage } from 'pdf-lib';
import { HANDBOOK_PAGES, HANDBOOK_TITLE, type HandbookPage } from './example-handbook.ts';
import { WARRANTY_PARTS, WARRANTY_TITLE } from './example-warranty.ts';

type Fonts = { readonly regular: PDFFont; readonly bold: PDFFont };
type Style = { readonly size: number; readonly font: keyof Fonts; readonly spaceAfter: number };

const A4: [number, number] = [595, 842];
const MARGIN = 64;
const LINE_HEIGHT = 1.35;
const STYLES = {
  title: { size: 22, font: 'bold', spaceAfter: 18 },
  heading: { size: 15, font: 'bold', spaceAfter: 8 },
  paragraph: { size: 11, font: 'regular', spaceAfter: 12 },
} satisfies Record<string, Style>;
const WRITTEN_AT = new Date('2026-01-01T00:00:00Z');

writeFileSync(join('examples', 'handbook.pdf'), await makeHandbook());
writeFileSync(join('examples', 'warranty.docx'), await makeWarranty());

async function makeHandbook(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.setTitle(HANDBOOK_TITLE);
  pdf.setCreationDate(WRITTEN_AT);
  pdf.setModificationDate(WRITTEN_AT);
  const fonts = {
    regular: await pdf.embedFont(StandardFonts.Helvetica),
    bold: await pdf.embedFont(StandardFonts.HelveticaBold),
  };
  for (const page of HANDBOOK_PAGES) drawPage(pdf.addPage(A4), page, fonts);
  return pdf.save();
}

function drawPage(page: PDFPage, { title, sections }: HandbookPage, fonts: Fonts): void {
  let y = page.getHeight() - MARGIN;
  const write = (text: string, style: Style) => {
    for (const line of wrap(text, style, fonts)) {
      page.drawText(line, { x: MARGIN, y, size: style.size, font: fonts[style.font] });
      y -= style.size * LINE_HEIGHT;
    }
    y -= style.spaceAfter;
  };
  write(title, STYLES.title);
  for (const { heading, paragraphs } of sections) {
    write(heading, STYLES.heading);
    for (const paragraph of paragraphs) write(paragraph, STYLES.paragraph);
  }
}

function wrap(text: string, style: Style, fonts: Fonts): string[] {
  const width = A4[0] - 2 * MARGIN;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fonts[style.font].widthOfTextAtSize(longer, style.size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

async function makeWarranty(): Promise<Uint8Array> {
  const title = new Paragraph({ text: WARRANTY_TITLE, heading: HeadingLevel.HEADING_1 });
  const children = [title, ...WARRANTY_PARTS.flatMap(toChildren)];
  return Packer.toBuffer(new Document({ title: WARRANTY_TITLE, sections: [{ children }] }));
}

function toChildren(part: (typeof WARRANTY_PARTS)[number]): FileChild[] {
  if ('heading' in part) {
    return [new Paragraph({ text: part.heading, heading: HeadingLevel.HEADING_2 })];
  }
  if ('paragraph' in part) return [new Paragraph({ text: part.paragraph })];
  if ('items' in part) {
    return part.items.map((text) => new Paragraph({ text, bullet: { level: 0 } }));
  }
  const rows = part.table.map(
    (cells) =>
      new TableRow({
        children: cells.map((text) => new TableCell({ children: [new Paragraph({ text })] })),
      }),
  );
  return [new Table({ rows, width: { size: 100, type: WidthType.PERCENTAGE } })];
}
