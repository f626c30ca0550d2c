import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CSV, DOCX, HTML, MARKDOWN, PDF, PLAIN_TEXT } from './document-mime-type.ts';
import { buildDocx } from './testing/build-docx.ts';
import { buildPdf } from './testing/build-pdf.ts';
import { readBlocks, textOf } from './testing/read-blocks.ts';

describe('plain text', () => {
  it('is kept as it is, a block a paragraph', async () => {
    const text = 'One,\nstill one.\n\n\nTwo.\n';
    const blocks = await readBlocks(text, PLAIN_TEXT);
    expect(blocks.map((block) => block.text)).toEqual(['One,\nstill one.\n\n\n', 'Two.\n']);
  });

  it('is the same in however small parts it arrives', async () => {
    const text = 'Grüße 👋 an\r\nalle\r\n\r\nไทย 日本\rEnde';
    expect(textOf(await readBlocks(text, PLAIN_TEXT, 1))).toBe(
      'Grüße 👋 an\nalle\n\nไทย 日本\nEnde',
    );
  });

  it('is read from UTF-16 and loses its byte order mark', async () => {
    const bytes = Buffer.from('\uFEFFWörter', 'utf16le');
    expect(textOf(await readBlocks(bytes, PLAIN_TEXT, 3))).toBe('Wörter');
    expect(textOf(await readBlocks(bytes.swap16(), PLAIN_TEXT))).toBe('Wörter');
  });

  it('loses NUL and nothing else', async () => {
    expect(textOf(await readBlocks('a\0b\tc', PLAIN_TEXT))).toBe('ab\tc');
  });

  it('without line ends comes in blocks of bounded size that cut no character', async () => {
    const text = '👋'.repeat(60_000);
    const blocks = await readBlocks(text, PLAIN_TEXT);
    expect(textOf(blocks)).toBe(text);
    expect(Math.max(...blocks.map((block) => block.text.length))).toBeLessThan(100_000);
    expect(blocks.every((block) => block.text.isWellFormed())).toBe(true);
  });
});

describe('Markdown', () => {
  const text = '# A #\nIntro.\n\nB\n---\n- one\n- two\n\n```sh\n# no heading\n```\n### C#\nEnd.\n';

  it('has its headings by marks and underlines, but not in code', async () => {
    const blocks = await readBlocks(text, MARKDOWN, 5);
    const headings = blocks.filter((block) => block.kind === 'heading');
    expect(headings.map((block) => block.headingPath)).toEqual([
      ['A'],
      ['A', 'B'],
      ['A', 'B', 'C#'],
    ]);
    expect(textOf(blocks)).toBe(text);
  });

  it('gives each block the headings it stands under', async () => {
    const blocks = await readBlocks(text, MARKDOWN);
    expect(blocks.find((block) => block.text.includes('End.'))?.headingPath).toEqual([
      'A',
      'B',
      'C#',
    ]);
    expect(blocks.find((block) => block.text.includes('no heading'))?.headingPath).toEqual([
      'A',
      'B',
    ]);
  });
});

describe('Markdown tables and code', () => {
  it('says the header of a long table anew in each part, and keeps code together', async () => {
    const rows = Array.from({ length: 60 }, (_, at) => `| row ${at} | value ${at} |\n`);
    const text = `Before.\n\n| Name | Value |\n| --- | ---: |\n${rows.join('')}\nAfter.\n\n\`\`\`sh\na\n\nb\n\`\`\`\nEnd.\n`;
    const blocks = await readBlocks(text, MARKDOWN);
    const tables = blocks.filter(({ kind }) => kind === 'table');
    expect(tables.length).toBeGreaterThan(1);
    for (const table of tables)
      expect(table.text).toMatch(/^\| Name \| Value \|\n\| --- \| ---: \|\n\| row/);
    expect(tables.flatMap((table) => table.text.match(/^\| row \d+/gm) ?? [])).toHaveLength(60);
    expect(blocks.find(({ kind }) => kind === 'code')?.text).toBe('```sh\na\n\nb\n```\n');
    expect(blocks.at(-1)).toMatchObject({ kind: 'text', text: 'End.\n' });
  });
});

describe('HTML', () => {
  it('gives headings, paragraphs, items and rows, and none of what is not its text', async () => {
    const html = `<!doctype html><head><title>Shop</title><style>p{}</style></head><body>
      <nav><a href="/">Home</a></nav><h1>Prices &amp; <em>terms</em></h1><script>evil()</script>
      <p>Caf&eacute; costs<br>2&nbsp;&euro;.</p><ul><li><p>one</p></li><li>two</li></ul>
      <table><tr><th>Item</th><th>Price</th></tr><tr><td><p>Tea</p></td><td>3</td></tr></table></body>`;
    expect(textOf(await readBlocks(html, HTML, 7))).toBe(
      'Shop\n\nPrices & terms\n\nCafé costs\n2 €.\n\n- one\n- two\nItem | Price\nTea | 3\n',
    );
  });

  it('follows its headings', async () => {
    const blocks = await readBlocks('<h1>A</h1><h2>B</h2><p>b</p><h2>C</h2><p>c</p>', HTML);
    const paths = blocks.filter((block) => block.kind === 'text').map((block) => block.headingPath);
    expect(paths).toEqual([
      ['A', 'B'],
      ['A', 'C'],
    ]);
  });

  it('is only its main content where it marks that', async () => {
    const page = (main: string) =>
      `<title>Shop</title><header>Menu</header>${main}<aside>Ads</aside><footer>Imprint</footer>`;
    const marked = await readBlocks(page('<main><h1>Tea</h1><p>Hot.</p></main>'), HTML, 9);
    expect(textOf(marked)).toBe('Tea\n\nHot.\n\n');
    expect(textOf(await readBlocks(page('<main></main><p>Hot.</p>'), HTML))).toBe(
      'Shop\n\nMenu\n\nHot.\n\nAds\n\nImprint\n\n',
    );
  });

  it('says the header of a table anew in each part of it', async () => {
    const rows = Array.from(
      { length: 60 },
      (_, at) => `<tr><th>Row ${at}</th><td>some ${at}</td></tr>`,
    );
    const html = `<table><thead><tr><th>Name</th><th>Value</th></tr></thead>${rows.join('')}</table><p>End</p>`;
    const tables = (await readBlocks(html, HTML)).filter(({ kind }) => kind === 'table');
    expect(tables.length).toBeGreaterThan(1);
    for (const { text } of tables) expect(text).toMatch(/^Name \| Value\nRow \d+ \| some \d+\n/);
    const seen = tables.flatMap(({ text }) =>
      text.split('\n').filter((line) => line.startsWith('Row')),
    );
    expect(seen).toHaveLength(60);
  });

  it('keeps the spaces of preformatted text', async () => {
    expect(textOf(await readBlocks('<pre>a\n  b</pre>', HTML))).toBe('a\n  b\n\n');
  });
});

describe('CSV', () => {
  it('keeps each value beside the name of its column', async () => {
    const blocks = await readBlocks('name;city\r\n"Ada; L";London\r\nBob;"New\nYork"\r\n', CSV, 4);
    expect(blocks.map((block) => block.text)).toEqual([
      'name: Ada; L\ncity: London\n\n',
      'name: Bob\ncity: New York\n\n',
    ]);
  });

  it('takes rows of any length', async () => {
    expect(textOf(await readBlocks('a,b\n1\n1,2,3\n', CSV))).toBe('a: 1\n\na: 1\nb: 2\n3\n\n');
  });

  it('with a quote that never ends is damaged rather than held in memory', async () => {
    const endless = `a,b\n"${'x'.repeat(3_000_000)}`;
    await expect(readBlocks(endless, CSV)).rejects.toMatchObject({ reason: 'damaged' });
  });
});

describe('DOCX', () => {
  it('gives headings, paragraphs, items and tables', async () => {
    const blocks = await readBlocks(readFileSync('examples/warranty.docx'), DOCX);
    const text = textOf(blocks);
    expect(text).toContain('Motor and controller | 3 years\n');
    expect(text).toContain('- wear of tyres');
    expect(blocks.find((block) => block.text.startsWith('Report a defect'))?.headingPath).toEqual([
      'Halden Courier: Warranty Terms',
      'How to make a claim',
    ]);
  });

  it('decodes the characters of its XML', async () => {
    const docx = buildDocx({ paragraphs: ['R&amp;D &#x1F44B;', 'ไทย'] });
    expect(textOf(await readBlocks(docx, DOCX))).toBe('R&D 👋\n\nไทย\n\n');
  });
});

describe('PDF', () => {
  it('has the page of each block, whole sentences, and headings by their size', async () => {
    const blocks = await readBlocks(readFileSync('examples/handbook.pdf'), PDF);
    const leave = blocks.find((block) => block.text.includes('28 days of paid leave'));
    expect(leave?.page).toBe(3);
    expect(leave?.headingPath).toEqual(['Leave', 'Paid leave']);
    expect(leave?.text).toMatch(/^Every full-time employee .* within five working days\.\n\n$/);
  });

  it('has the titles of its outline as headings, whatever their size', async () => {
    const contentStream = Buffer.from(
      'BT /F1 12 Tf 72 700 Td (1. Scope) Tj 0 -40 Td (What it is about.) Tj ET',
    );
    const pdf = buildPdf({
      contentStream,
      catalog: '/Outlines 6 0 R',
      extraObjects: [
        '<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 2 >>',
        '<< /Title (Part One) /Parent 6 0 R /First 8 0 R /Last 8 0 R /Count 1 /Dest [3 0 R /Fit] >>',
        '<< /Title (Scope) /Parent 7 0 R /Dest [3 0 R /Fit] >>',
      ],
    });
    const blocks = await readBlocks(pdf, PDF);
    expect(blocks.map(({ kind, text, headingPath }) => [kind, text, ...headingPath])).toEqual([
      ['heading', '1. Scope\n\n', 'Part One', 'Scope'],
      ['text', 'What it is about.\n\n', 'Part One', 'Scope'],
    ]);
  });
});
