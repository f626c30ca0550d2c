import { describe, expect, it } from 'vitest';
import { EMAIL, EPUB, PPTX, XLSX } from '../document-mime-type.ts';
import { buildEpub } from '../testing/build-epub.ts';
import { buildPptx, shape, slideTable } from '../testing/build-pptx.ts';
import { buildXlsx, textRow } from '../testing/build-xlsx.ts';
import { readBlocks, textOf } from '../testing/read-blocks.ts';

describe('XLSX', () => {
  it('keeps each value beside its column, under the name of its sheet', async () => {
    const xlsx = buildXlsx({
      sheets: {
        Prices:
          textRow(1, ['Price list']) + textRow(3, ['Item', 'Price']) + textRow(4, ['Tea', '3 €']),
        Secret: textRow(1, ['Code', 'Name']) + textRow(2, ['1', 'x']),
        Cities: textRow(1, ['City', 'Land']) + textRow(2, ['Köln', 'DE']),
      },
      hidden: ['Secret'],
    });
    const blocks = await readBlocks(xlsx, XLSX);
    expect(textOf(blocks)).toBe(
      'Prices\n\nPrice list\n\nItem: Tea\nPrice: 3 €\n\nCities\n\nCity: Köln\nLand: DE\n\n',
    );
    expect(blocks.at(-1)).toMatchObject({ kind: 'table', page: null, headingPath: ['Cities'] });
  });

  it('shows dates, shares, truths and sums as their cells do', async () => {
    const styles = `<numFmts><numFmt numFmtId="170" formatCode="[$-407]d. mmmm yyyy"/><numFmt numFmtId="171" formatCode="0.0&quot; days&quot;"/></numFmts>
      <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="10"/><xf numFmtId="171"/><xf numFmtId="22"/></cellXfs>`;
    const values = [
      '<c r="A2" s="1"><v>45352</v></c>',
      '<c r="B2" s="2"><v>45352</v></c>',
      '<c r="C2" s="3"><v>0.125</v></c>',
      '<c r="D2" s="4"><v>0.30000000000000004</v></c>',
      '<c r="E2" s="5"><v>45352.5625</v></c>',
      '<c r="F2" t="b"><v>1</v></c>',
      '<c r="H2" t="str"><f>A1&amp;"x"</f><v>summed</v></c>',
      '<c r="I2" t="s"><v>1</v></c>',
    ];
    const header = textRow(1, ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I']);
    const sharedTexts = ['<t>no</t>', '<r><t>rich </t></r><r><t>text</t></r><rPh><t>x</t></rPh>'];
    const xlsx = buildXlsx({
      sheets: { S: `${header}<row r="2">${values.join('')}</row>` },
      styles,
      sharedTexts,
    });
    expect(textOf(await readBlocks(xlsx, XLSX))).toBe(
      'S\n\nA: 2024-03-01\nB: 2024-03-01\nC: 12.5%\nD: 0.3\nE: 2024-03-01 13:30\nF: TRUE\nH: summed\nI: rich text\n\n',
    );
  });
});

describe('PPTX', () => {
  it('has a page for each slide, its title first, its table and what the speaker says', async () => {
    const pptx = buildPptx({
      slides: [
        shape('sldNum', ['1']) +
          shape('body', ['Growth', 'Costs']) +
          shape('ctrTitle', ['Plan &amp; year']),
        shape('title', ['Figures']) +
          slideTable([
            ['Year', 'Sum'],
            ['2025', '7'],
          ]),
        shape(undefined, ['Thanks']),
      ],
      notes: 'Speak slowly.',
    });
    const blocks = await readBlocks(pptx, PPTX);
    expect(
      blocks.map(({ kind, text, page, headingPath }) => [kind, text, page, ...headingPath]),
    ).toEqual([
      ['heading', 'Plan & year\n\n', 1, 'Plan & year'],
      ['text', 'Growth\nCosts\n\n', 1, 'Plan & year'],
      ['text', 'Notes: Speak slowly.\n\n', 1, 'Plan & year'],
      ['heading', 'Figures\n\n', 2, 'Figures'],
      ['table', 'Year | Sum\n2025 | 7\n', 2, 'Figures'],
      ['text', 'Thanks\n\n', 3],
    ]);
  });
});

describe('EPUB', () => {
  it('has its chapters in the order of reading, under their headings', async () => {
    const epub = buildEpub({
      chapters: ['<h1>One</h1><p>First.</p>', '<h1>Two</h1><h2>Deep</h2><p>Second&#160;text.</p>'],
    });
    const blocks = await readBlocks(epub, EPUB);
    expect(textOf(blocks)).toBe('One\n\nFirst.\n\nTwo\n\nDeep\n\nSecond text.\n\n');
    expect(blocks.at(-1)?.headingPath).toEqual(['Two', 'Deep']);
  });

  it('that is locked to a device is called protected', async () => {
    const lock = `<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>`;
    const epub = buildEpub({ extraEntries: [{ name: 'META-INF/encryption.xml', content: lock }] });
    await expect(readBlocks(epub, EPUB)).rejects.toMatchObject({ reason: 'encrypted' });
  });
});

describe('e-mail', () => {
  const head = [
    'From: "Ada Lovelace" <ada@example.com>',
    'To: bob@example.com',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    'Date: Fri, 1 Mar 2024 10:00:00 +0000',
    'MIME-Version: 1.0',
  ];

  it('has its subject as heading, its people, its text and the names of what is attached', async () => {
    const email = [
      ...head,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'Caf=E9 at noon?',
      '--b',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename="menu.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      'JVBERi0=',
      '--b--',
    ].join('\r\n');
    const blocks = await readBlocks(email, EMAIL);
    expect(textOf(blocks)).toBe(
      'Grüße\n\nFrom: Ada Lovelace <ada@example.com>\nTo: bob@example.com\nDate: 2024-03-01T10:00:00.000Z\n\nCafé at noon?\n\nAttachments: menu.pdf\n',
    );
    expect(blocks.every(({ headingPath }) => headingPath[0] === 'Grüße')).toBe(true);
  });

  it('of HTML alone is read as a page', async () => {
    const email = [
      ...head,
      'Content-Type: text/html',
      '',
      '<h1>Offer</h1><p>Cheap <b>tea</b>.</p>',
    ];
    const blocks = await readBlocks(email.join('\r\n'), EMAIL);
    expect(blocks.at(-1)).toMatchObject({
      text: 'Cheap tea.\n\n',
      headingPath: ['Grüße', 'Offer'],
    });
  });
});
