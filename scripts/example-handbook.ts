export type HandbookPage = { readonly title: string; readonly sections: readonly Section[] };
type Section = { readonly heading: string; readonly paragraphs: readonly string[] };

export const HANDBOOK_TITLE = 'Halden Cycles Employee Handbook';

/** One entry a page. */
export const HANDBOOK_PAGES: readonly HandbookPage[] = [
  {
    title: HANDBOOK_TITLE,
    sections: [
      {
        heading: 'Welcome',
        paragraphs: [
          'Halden Cycles builds cargo bicycles with electric drive. We began in 2011 in a railway shed in Halden with three people and one frame jig. Today 240 people work in the factory in Halden, in the service centre in Rotterdam and from their homes in nine countries.',
          'This handbook says what you can count on and what we ask of you. It applies to every employee of Halden Cycles from the first of January 2026. Where a contract or a local law is better for you, that holds.',
        ],
      },
      {
        heading: 'Whom to ask',
        paragraphs: [
          'Questions about this handbook go to the people team at people@halden-cycles.example. You get an answer within two working days. Concerns that you would rather not raise with your manager can be sent to the ombudsperson, who answers to the board alone and never names you without your consent.',
        ],
      },
    ],
  },
  {
    title: 'Working time',
    sections: [
      {
        heading: 'Hours',
        paragraphs: [
          'A full working week has 37.5 hours. Core hours, in which meetings may be held, are from 10:00 to 15:00 in your own time zone. Outside of them you arrange your day as you like, as long as your team knows when it can reach you.',
          'Overtime is the exception and needs the consent of your manager beforehand. Each hour of overtime is given back as one and a half hours of free time within three months.',
        ],
      },
      {
        heading: 'Remote work',
        paragraphs: [
          'Office staff may work from home up to three days a week. Tuesday and Thursday are the days on which each team meets at its site. Working from another country is possible for up to 30 days a year, once the people team has confirmed it in writing.',
          'We pay 600 euros towards a desk, a chair and a screen for your home once you have passed the probation period, and again every five years.',
        ],
      },
    ],
  },
  {
    title: 'Leave',
    sections: [
      {
        heading: 'Paid leave',
        paragraphs: [
          'Every full-time employee has 28 days of paid leave a year, public holidays not included. Part-time employees have the same share of it as of a full week. Leave is requested in the staff portal and is granted unless your manager objects within five working days.',
          'Up to eight days of leave that you did not take can be carried over and must be used by the end of March of the next year. Days beyond that lapse, unless illness or parental leave kept you from taking them.',
        ],
      },
      {
        heading: 'Parental leave',
        paragraphs: [
          'Each parent may take 26 weeks of parental leave at full pay within the first two years of the child. It may be taken in up to three blocks. Tell your manager eight weeks before a block begins.',
        ],
      },
      {
        heading: 'Illness',
        paragraphs: [
          "When you are ill, tell your manager before 9:30 on the first day. A doctor's note is needed from the fourth day on. Pay goes on in full for twelve weeks.",
        ],
      },
    ],
  },
  {
    title: 'Travel and expenses',
    sections: [
      {
        heading: 'Travel',
        paragraphs: [
          'Journeys of less than six hours are made by train. Flights are booked in economy class and need the consent of your manager. A hotel may cost up to 140 euros a night, or 190 euros in the capitals that the travel page lists.',
          'The daily allowance for meals is 45 euros within Europe and 60 euros elsewhere. It is paid without receipts. Alcohol is not reimbursed.',
        ],
      },
      {
        heading: 'Expenses',
        paragraphs: [
          'Expenses are handed in within 30 days, with a receipt for every amount above 20 euros. They are paid with the next salary. Claims later than 90 days are refused.',
          'Every employee has a budget of 1,200 euros a year for training. Books, courses and conferences count towards it, and what is not used lapses at the end of the year.',
        ],
      },
    ],
  },
  {
    title: 'Equipment and security',
    sections: [
      {
        heading: 'Your equipment',
        paragraphs: [
          'You receive a laptop on your first day. It is replaced every four years. Lost or stolen equipment is reported to the service desk within 24 hours, at any hour, by calling extension 4400.',
          'Each employee may lease one Halden cargo bicycle for 39 euros a month. Insurance and one service a year are part of the price.',
        ],
      },
      {
        heading: 'Passwords and data',
        paragraphs: [
          'Passwords have at least 14 characters and live in the password manager. Two-factor authentication is on for every account. Customer data stays on company systems: it is not copied to private devices and not pasted into services that the security team has not approved.',
          'A suspected leak of data is reported to security@halden-cycles.example at once. Nobody is blamed for reporting too early.',
        ],
      },
    ],
  },
  {
    title: 'Joining and leaving',
    sections: [
      {
        heading: 'Probation',
        paragraphs: [
          'The probation period is four months. In it, either side may end the contract with two weeks of notice. You and your manager talk about how it goes after six weeks and after three months.',
        ],
      },
      {
        heading: 'Notice',
        paragraphs: [
          'After the probation period the notice period is two months to the end of a month. It grows to three months after five years with the company. Notice is given in writing.',
          'On your last day you return the laptop, the badge and the keys. A leased bicycle can be bought for what it is then worth. You receive a reference within four weeks.',
        ],
      },
    ],
  },
];
