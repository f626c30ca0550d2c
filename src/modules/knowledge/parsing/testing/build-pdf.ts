import { deflateSync } from 'node:zlib';

type Options = {
  readonly text?: string;
  /** The content stream in place of the text. */
  readonly contentStream?: Buffer;
  /** The content stream as the file has it. */
  readonly packedStream?: Buffer;
  readonly pageCount?: number;
  readonly kids?: string;
  /** Added to the catalogue. */
  readonly catalog?: string;
  /** Numbered from 6 on. */
  readonly extraObjects?: readonly string[];
  /** Added to the trailer, which is where a reader looks for the chain of tables and the encryption. */
  readonly trailer?: (xrefOffset: number) => string;
};

/** A PDF of one page, written by hand so that it can be wrong where a test wants it. */
export function buildPdf({
  text = 'Hello.',
  contentStream,
  packedStream,
  pageCount = 1,
  kids = '3 0 R',
  catalog = '',
  extraObjects = [],
  trailer,
}: Options): Buffer {
  const drawing = contentStream ?? Buffer.from(`BT /F1 12 Tf 72 700 Td (${text}) Tj ET`);
  const stream = packedStream ?? deflateSync(drawing);
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    `<< /Type /Pages /Kids [${kids}] /Count ${pageCount} >>`,
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    Buffer.concat([
      Buffer.from(`<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n`),
      stream,
      Buffer.from('\nendstream'),
    ]),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...extraObjects,
  ];
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let length = parts[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    const part = Buffer.concat([
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.from(object),
      Buffer.from('\nendobj\n'),
    ]);
    offsets.push(length);
    parts.push(part);
    length += part.length;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R ${trailer?.(length) ?? ''} >>\nstartxref\n${length}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(end)]);
}
