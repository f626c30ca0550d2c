import { describe, expect, it } from 'vitest';
import type { Passage } from '../../chat-model.ts';
import {
  buildPassage,
  buildRequest,
  neverAborted,
  readStream,
  textOf,
} from '../../testing/chat-requests.ts';
import { createBuiltinChatModel } from './builtin-chat.ts';

type Citation = { readonly quote: string; readonly id: number };

async function ask(question: string, passages: readonly Passage[]) {
  const model = createBuiltinChatModel();
  const { events } = await readStream(
    model.stream(buildRequest(question, { passages }), neverAborted),
  );
  const text = textOf(events);
  return { text, citations: readCitations(text), events };
}

/** What stands in double quotes before ` [n]`, from the citation before on. */
function readCitations(text: string): readonly Citation[] {
  return [...text.matchAll(/"([\s\S]*?)" \[(\d+)\](?=\n\n|$)/g)].map(([, quote = '', id]) => ({
    quote,
    id: Number(id),
  }));
}

const WARRANTY = buildPassage(
  'Warranty\n\nThe guarantee of this device lasts two years from the day of purchase. ' +
    'It covers defects of the case. Wear is not covered.',
  { id: 1, score: 9 },
);
const BATTERY = buildPassage(
  'Battery\n\nThe battery runs for ten hours when it is new. Recycle it at the end of its life.',
  { id: 2, score: 7 },
);
const REFUNDS = buildPassage(
  'Returns\n\nYou may return the device within 30 days. Refunds are paid by bank transfer within a week.',
  { id: 3, score: 5 },
);
const MANUAL = [WARRANTY, BATTERY, REFUNDS];

describe('a question that the passages answer', () => {
  it.each([
    ['How long is the guarantee?', 1, 'lasts two years'],
    ['How long does the battery last?', 2, 'ten hours'],
    ['How are refunds paid?', 3, 'bank transfer'],
    ['refund?', 3, 'bank transfer'],
  ])('%s gets the sentence from passage %i', async (question, id, words) => {
    const { citations } = await ask(question, MANUAL);
    expect(citations[0]).toEqual({ id, quote: expect.stringContaining(words) });
  });

  it('is answered in quotes that stand byte for byte in the passages they name', async () => {
    const { text, citations } = await ask('guarantee battery refunds return device', MANUAL);
    expect(citations.length).toBeGreaterThan(0);
    for (const { quote, id } of citations) {
      expect(MANUAL.find((passage) => passage.id === id)?.content).toContain(quote);
    }
    const rest = citations.reduce(
      (left, { quote, id }) => left.replace(`"${quote}" [${id}]`, ''),
      text,
    );
    expect(rest.trim()).toBe('');
  });

  it('is read from the newest turn of the person', async () => {
    const turns = [
      { role: 'user', content: 'How long does the battery last?' },
      { role: 'assistant', content: '"The battery runs for ten hours when it is new." [2]' },
      { role: 'user', content: 'And how are refunds paid?' },
    ] as const;
    const request = buildRequest('', { turns, passages: MANUAL });
    const { events } = await readStream(createBuiltinChatModel().stream(request, neverAborted));
    expect(readCitations(textOf(events))).toEqual([
      { id: 3, quote: 'Refunds are paid by bank transfer within a week.' },
    ]);
  });

  it('is answered once where passages overlap', async () => {
    const { citations } = await ask('How long is the guarantee?', [
      WARRANTY,
      { ...WARRANTY, id: 2 },
    ]);
    expect(citations).toHaveLength(1);
  });

  it('prefers the passage that retrieval ranked higher where the words say the same', async () => {
    const low = buildPassage('The fee for a transfer is two euros.', { id: 1, score: 1 });
    const high = buildPassage('The fee for a transfer is one euro.', { id: 2, score: 8 });
    const { citations } = await ask('What is the fee for a transfer?', [low, high]);
    expect(citations[0]?.id).toBe(2);
  });

  it('takes what a sentence leaves out from the heading above', async () => {
    const passage = buildPassage('Guarantee period\n\nTwo years from the day of purchase.');
    const { citations } = await ask('What is the guarantee period?', [passage, BATTERY]);
    expect(citations).toEqual([{ id: 1, quote: 'Two years from the day of purchase.' }]);
  });
});

describe('languages', () => {
  const zh = '本设备的保修期为自购买之日起两年。退货须在三十天内办理。';
  const ja = 'この装置の保証期間は購入日から二年です。返品は三十日以内にお願いします。';
  const th = 'การรับประกันมีอายุสองปีนับจากวันที่ซื้อ\nการคืนสินค้าทำได้ภายในสามสิบวัน';
  const de =
    'Die Garantie für dieses Gerät gilt zwei Jahre ab dem 3. Mai. Rücksendungen sind 30 Tage möglich.';
  const passages = [zh, ja, th, de].map((content, index) =>
    buildPassage(content, { id: index + 1, documentTitle: '' }),
  );

  it.each([
    ['Chinese', '保修期多长？', 1, '本设备的保修期为自购买之日起两年。'],
    ['Japanese', '保証期間はどのくらいですか？', 2, 'この装置の保証期間は購入日から二年です。'],
    ['Thai', 'การรับประกันกี่ปี', 3, 'การรับประกันมีอายุสองปีนับจากวันที่ซื้อ'],
    [
      'German',
      'Wie lange gilt die Garantiezeit?',
      4,
      'Die Garantie für dieses Gerät gilt zwei Jahre ab dem 3. Mai.',
    ],
  ])('a question in %s finds its sentence', async (_language, question, id, quote) => {
    const { citations } = await ask(question, passages);
    expect(citations[0]).toEqual({ id, quote });
  });

  it.each([
    '法国的首都是哪里？',
    'フランスの首都はどこですか',
    'เมืองหลวงของฝรั่งเศสคืออะไร',
    'Was ist die Hauptstadt von Frankreich?',
  ])('what the passages do not tell is not cited: %s', async (question) => {
    expect((await ask(question, passages)).citations).toEqual([]);
  });
});

describe('a question that the passages do not answer', () => {
  it.each(['What is the capital of France?', 'Who won the cup in 1966?', 'what is it', '???', ''])(
    '%s is told so, and nothing is cited',
    async (question) => {
      const { text, events } = await ask(question, MANUAL);
      expect(text).toBe('I found no answer to this in the documents.');
      expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
    },
  );

  it('is told so where there are no passages', async () => {
    const { text } = await ask('How long is the guarantee?', []);
    expect(text).toContain('I found nothing about this.');
    expect(text).not.toMatch(/["[\]]/);
  });
});

describe('a sentence that is awkward to quote', () => {
  it.each([
    ['holds quotation marks', 'The label says "two years of guarantee" on its back.'],
    ['ends in a quotation mark', 'The label on its back says "guarantee: two years."'],
    [
      'holds an abbreviation',
      'The guarantee, as Dr. Smith of St. Ives wrote, lasts e.g. two years.',
    ],
    ['is broken over a cell', 'Guarantee\ttwo years'],
  ])('%s', async (_what, sentence) => {
    const { citations } = await ask('How long is the guarantee?', [buildPassage(sentence)]);
    expect(citations).toEqual([{ id: 1, quote: sentence }]);
  });

  it('is quoted around the markers that it holds itself', async () => {
    const passage = buildPassage('The guarantee lasts two years [12], and wear is excluded [3].');
    const { text } = await ask('How long is the guarantee?', [passage]);
    expect(text).toContain('"The guarantee lasts two years" [1]');
    expect(text).not.toMatch(/ \[(12|3)\]/);
  });

  it('is cut to a length that can be read where it has no end', async () => {
    const cell = 'The guarantee lasts two years, counted from the purchase, ';
    const passage = buildPassage(cell.repeat(100));
    const { citations } = await ask('How long is the guarantee?', [passage]);
    expect(citations.length).toBeGreaterThan(0);
    for (const { quote } of citations) {
      expect(quote.length).toBeLessThan(500);
      expect(passage.content).toContain(quote);
    }
  });

  it('is never cut inside a character', async () => {
    const passage = buildPassage(`guarantee${'🙂'.repeat(600)} guarantee`);
    const { text } = await ask('guarantee of two years', [passage]);
    expect(text.isWellFormed()).toBe(true);
  });
});
