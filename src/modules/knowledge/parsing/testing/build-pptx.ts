import { buildArchive, type ArchiveEntry } from './build-archive.ts';

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const NAMESPACES = `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="${OFFICE}"`;
const SHOW_TYPE =
  'application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml';

type Options = {
  /** The XML of the shapes of each slide. */
  readonly slides?: readonly string[];
  /** What the speaker says to the first slide. */
  readonly notes?: string;
  readonly prolog?: string;
  readonly extraEntries?: readonly ArchiveEntry[];
};

/** A presentation; its slides are stored in reverse, which only the list of slides tells. */
export function buildPptx({
  slides = [shape('title', ['Hello'])],
  notes,
  prolog = '',
  extraEntries = [],
}: Options): Buffer {
  const listed = slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="rId${index}"/>`);
  const relations = slides.map((_, index) =>
    relation(`rId${index}`, 'slide', `slides/slide${slides.length - index}.xml`),
  );
  const parts = slides.map((shapes, index) => ({
    name: `ppt/slides/slide${slides.length - index}.xml`,
    content: `${prolog}<p:sld ${NAMESPACES}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`,
  }));
  return buildArchive([
    {
      name: '[Content_Types].xml',
      content: `<Types xmlns="${PACKAGE}/content-types"><Override PartName="/ppt/presentation.xml" ContentType="${SHOW_TYPE}"/></Types>`,
    },
    {
      name: 'ppt/presentation.xml',
      content: `<p:presentation ${NAMESPACES}><p:sldIdLst>${listed.join('')}</p:sldIdLst></p:presentation>`,
    },
    {
      name: 'ppt/_rels/presentation.xml.rels',
      content: `<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}</Relationships>`,
    },
    ...parts.toReversed(),
    ...(notes === undefined ? [] : notesEntries(notes, slides.length)),
    ...extraEntries,
  ]);
}

/** A shape of paragraphs; without a placeholder's type it is a box of its own. */
export function shape(placeholder: string | undefined, paragraphs: readonly string[]): string {
  const kind = placeholder === undefined ? '' : `<p:ph type="${placeholder}"/>`;
  const text = paragraphs.map((paragraph) => `<a:p><a:r><a:t>${paragraph}</a:t></a:r></a:p>`);
  return `<p:sp><p:nvSpPr><p:nvPr>${kind}</p:nvPr></p:nvSpPr><p:txBody>${text.join('')}</p:txBody></p:sp>`;
}

export function slideTable(rows: readonly (readonly string[])[]): string {
  const body = rows.map((cells) => {
    const columns = cells.map(
      (cell) => `<a:tc><a:txBody><a:p><a:r><a:t>${cell}</a:t></a:r></a:p></a:txBody></a:tc>`,
    );
    return `<a:tr>${columns.join('')}</a:tr>`;
  });
  return `<p:graphicFrame><a:graphic><a:graphicData><a:tbl>${body.join('')}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
}

function notesEntries(notes: string, firstSlide: number): readonly ArchiveEntry[] {
  const target = relation('rId1', 'notesSlide', '../notesSlides/notesSlide1.xml');
  return [
    {
      name: `ppt/slides/_rels/slide${firstSlide}.xml.rels`,
      content: `<Relationships xmlns="${PACKAGE}/relationships">${target}</Relationships>`,
    },
    {
      name: 'ppt/notesSlides/notesSlide1.xml',
      content: `<p:notes ${NAMESPACES}>${shape('sldNum', ['1'])}${shape('body', [notes])}</p:notes>`,
    },
  ];
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
}
