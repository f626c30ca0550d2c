import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CSV, DOCX, HTML, MARKDOWN, PDF, PLAIN_TEXT } from './document-mime-type.ts';
import { buildDocx } from './testing/build-docx.ts';
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
});
