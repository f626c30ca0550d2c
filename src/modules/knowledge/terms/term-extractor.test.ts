import { describe, expect, it } from 'vitest';
import { createTermExtractor } from './term-extractor.ts';

const extractTerms = createTermExtractor();

function termsOf(text: string): string[] {
  return [...extractTerms(text).counts.keys()];
}

/** The document that has most of the question's terms, each weighed by how few documents have it. */
function findBest(question: string, documents: readonly string[]): number {
  const sets = documents.map((document) => new Set(termsOf(document)));
  const scores = sets.map((set) => {
    const shared = termsOf(question).filter((term) => set.has(term));
    const weights = shared.map((term) => 1 / sets.filter((other) => other.has(term)).length);
    return weights.reduce((total, weight) => total + weight, 0);
  });
  return scores.indexOf(Math.max(...scores));
}

describe('createTermExtractor', () => {
  it('stems English and leaves out its stop words', () => {
    expect(termsOf('The runners were running to the distributions.')).toEqual([
      'runner',
      'run',
      'distribut',
    ]);
    expect(termsOf('Distributed')).toEqual(['distribut']);
  });

  it('counts occurrences, and their sum is the length', () => {
    const { counts, length } = extractTerms('Warranty and warranties: the warranty of a battery.');
    expect(counts.get('warranti')).toBe(3);
    expect(length).toBe([...counts.values()].reduce((sum, count) => sum + count, 0));
    expect(length).toBe(4);
  });

  it('has no terms for a text without words', () => {
    expect(extractTerms(' — … !?')).toEqual({ counts: new Map(), length: 0 });
    expect(extractTerms('')).toEqual({ counts: new Map(), length: 0 });
  });

  it.each([
    ['case', 'WARRANTY', 'warranty'],
    ['accents', 'résumé', 'resume'],
    ['composition', 'u\u0308ber', 'über'],
    ['width', 'ＡＢＣ１２３', 'abc123'],
    ['ligatures', 'oﬃce', 'office'],
    ['sharp s', 'Straße', 'STRASSE'],
    ['soft hyphens', 'war\u00ADranty', 'warranty'],
    ['the Turkish dotted I', 'İstanbul', 'istanbul'],
    ['grouped digits', '1,000', '1000'],
    ['Russian endings', 'гарантия', 'гарантии'],
    ['possessives', 'the company’s', 'the company'],
  ])('makes no difference by %s', (_, one, other) => {
    expect(termsOf(one)).toEqual(termsOf(other));
  });

  it('keeps versions and decimals whole', () => {
    expect(termsOf('Version 4.2.0 weighs 3.5 kg')).toEqual([
      'version',
      '4.2.0',
      'weigh',
      '3.5',
      'kg',
    ]);
  });

  it('bounds the length of a term', () => {
    expect(termsOf('x'.repeat(5_000))).toEqual(['x'.repeat(64)]);
  });

  it.each([
    [
      'English',
      'How many days off may employees carry over?',
      [
        'Up to eight days can be carried over.',
        'Flights are booked in economy class.',
        'The battery lasts two years.',
      ],
    ],
    [
      'German',
      'Welche Häuser haben eine Garantie?',
      [
        'Für jedes Haus gelten die Garantien des Herstellers.',
        'Der Urlaub beträgt 28 Tage im Jahr.',
        'Die Kündigung muss schriftlich erfolgen.',
      ],
    ],
    [
      'French',
      'Quelle est la durée des garanties ?',
      [
        'La garantie a une durée de deux ans.',
        'Le congé annuel est de 28 jours.',
        'Les frais sont remboursés.',
      ],
    ],
    [
      'Thai',
      'แบตเตอรี่รับประกันนานเท่าไร',
      ['แบตเตอรี่มีการรับประกันสองปี', 'พนักงานมีวันลาพักร้อนยี่สิบแปดวัน', 'ค่าเดินทางจะจ่ายพร้อมเงินเดือน'],
    ],
    [
      'Chinese',
      '电池的保修期有多长?',
      ['电池保修期为两年。', '员工每年有二十八天带薪休假。', '差旅费随工资一起支付。'],
    ],
    [
      'Japanese',
      '有給休暇は何日ありますか',
      [
        '社員には年間二十八日の有給休暇があります。',
        'バッテリーの保証期間は二年です。',
        '出張費は給料と一緒に支払われます。',
      ],
    ],
    [
      'Korean',
      '배터리 보증 기간은 얼마인가요?',
      [
        '배터리의 보증기간은 2년입니다.',
        '직원은 연간 28일의 휴가를 받습니다.',
        '출장비는 급여와 함께 지급됩니다.',
      ],
    ],
    [
      'Russian',
      'Сколько длится гарантия на батарею?',
      [
        'Гарантии на батареи действуют два года.',
        'Отпуск составляет 28 дней.',
        'Расходы оплачиваются.',
      ],
    ],
    [
      'Arabic',
      'ما مدة ضمان البطارية؟',
      [
        'يستمر ضمان البطارية لمدة عامين.',
        'الإجازة السنوية ثمانية وعشرون يوما.',
        'تدفع المصاريف مع الراتب.',
      ],
    ],
    [
      'mixed text',
      'iPhoneの保証',
      [
        'iPhoneには二年間の保証が付きます。',
        'Android needs version 12.',
        '有給休暇は二十八日です。',
      ],
    ],
  ])('leads a question in %s to the document that answers it', (_, question, documents) => {
    expect(findBest(question, documents)).toBe(0);
    expect(findBest(question, documents.toReversed())).toBe(documents.length - 1);
  });

  it('lets a word of a question meet its document though the language of one word is not to be told', () => {
    const document = termsOf(
      'Die Kündigungsfrist beträgt zwei Monate zum Ende eines Monats und verlängert sich.',
    );
    expect(document).toEqual(expect.arrayContaining(termsOf('Kündigungsfrist')));
  });

  it('gives the same terms each time', () => {
    const text = 'Die Garantien gelten für Häuser. 保証期間は二年です。 Batteries included.';
    expect(createTermExtractor()(text)).toEqual(extractTerms(text));
  });
});
