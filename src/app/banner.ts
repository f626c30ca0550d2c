import { styleText } from 'node:util';

export type BannerFacts = {
  readonly url: string;
  readonly environment: string;
  readonly database: string;
  readonly cache: string;
  readonly model: string;
  readonly embeddings: string;
  readonly storage: string;
  readonly mail: string;
  readonly hasDocs: boolean;
  /** What would be gained by a setting that is not set, one sentence each. */
  readonly missing: readonly string[];
  /** Set while there is no administrator. */
  readonly setupToken?: string | undefined;
};

/** What a person wants to know when the service has started: what it uses, where it is, what more there is. */
export function renderBanner(facts: BannerFacts): string {
  const rows: readonly (readonly [string, string])[] = [
    ['database', facts.database],
    ['cache', facts.cache],
    ['model', facts.model],
    ['embeddings', facts.embeddings],
    ['storage', facts.storage],
    ['mail', facts.mail],
    ['API', `${facts.url}/api/v1`],
    ...(facts.hasDocs ? [['docs', `${facts.url}/docs`] as const] : []),
    ['health', `${facts.url}/health/ready`],
    ...(facts.setupToken
      ? [
          ['setup', `no administrator yet: POST ${facts.url}/api/v1/setup`] as const,
          ['setup token', facts.setupToken] as const,
        ]
      : []),
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`);
  const hints = facts.missing.map((hint) => styleText('dim', `  ${hint}`));
  return [
    '',
    styleText('bold', `Groundwork (${facts.environment}) at ${facts.url}`),
    ...lines,
    ...hints,
    '',
  ].join('\n');
}
