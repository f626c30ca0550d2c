type Part =
  | { readonly heading: string }
  | { readonly paragraph: string }
  | { readonly items: readonly string[] }
  | { readonly table: readonly (readonly string[])[] };

export const WARRANTY_TITLE = 'Halden Courier: Warranty Terms';

export const WARRANTY_PARTS: readonly Part[] = [
  {
    paragraph:
      'These terms apply to every Halden Courier cargo bicycle that was sold new by Halden Cycles or by one of its dealers after the first of March 2025. They stand beside your rights by law and do not lessen them.',
  },
  { heading: 'How long the warranty lasts' },
  {
    paragraph:
      'The warranty begins on the day of delivery. How long it lasts depends on the part, as the table shows.',
  },
  {
    table: [
      ['Part', 'Warranty'],
      ['Frame and fork', '10 years'],
      ['Motor and controller', '3 years'],
      ['Battery', '2 years or 500 full charges, whichever comes first'],
      ['All other parts', '2 years'],
    ],
  },
  {
    paragraph:
      'The frame and the fork are covered for ten years. The motor and its controller are covered for three years. The battery is covered for two years or 500 full charges, whichever comes first, and counts as defective when it holds less than 70 percent of its rated capacity.',
  },
  { heading: 'What is not covered' },
  { paragraph: 'The warranty does not cover:' },
  {
    items: [
      'wear of tyres, brake pads, chains and cables;',
      'damage from an accident, from a load above 200 kilograms or from cleaning with high pressure;',
      'changes to the motor or its software that lift the speed limit;',
      'use in races, or rental without a commercial warranty.',
    ],
  },
  { heading: 'How to make a claim' },
  {
    paragraph:
      'Report a defect within 30 days of finding it, to the dealer who sold the bicycle or at service@halden-cycles.example. Send the frame number, the proof of purchase and a photograph of the defect.',
  },
  {
    paragraph:
      'We answer within five working days. We repair the part or replace it, at our choice, and pay for transport within the European Union. A replaced part is covered for the rest of the first warranty, but for six months at least.',
  },
  { heading: 'Selling the bicycle on' },
  {
    paragraph:
      'The warranty can be passed to a second owner once. The new owner registers the frame number at the service centre within 60 days of the sale; otherwise the warranty on the frame falls to five years.',
  },
];
