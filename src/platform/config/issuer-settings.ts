import { z } from 'zod';
import { text, webUrl } from './setting-kinds.ts';
import { setting } from './setting.ts';

export const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'HS256'] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Where in a token its facts stand; `a.b` is the member `b` of `a`. */
export type ClaimNames = {
  readonly subject: string;
  readonly email: string;
  readonly emailVerified: string;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
};

/** Somebody else whose tokens sign users in here. */
export type IssuerSettings = {
  readonly issuer: string;
  readonly preset: 'supabase' | 'clerk' | undefined;
  /** Where the public keys are; for RS256 and ES256. */
  readonly jwksUrl: string | undefined;
  /** For HS256. */
  readonly secret: string | undefined;
  /** At least one is set: a token has to be meant for us. Undefined parties are our own origins. */
  readonly audiences: readonly string[] | undefined;
  readonly authorizedParties: readonly string[] | 'own-origins' | undefined;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly claims: ClaimNames;
};

const MAX_ISSUERS = 50;
const MIN_SECRET_LENGTH = 32;
const OWN_ISSUER = 'groundwork';
const CLAIMS: ClaimNames = {
  subject: 'sub',
  email: 'email',
  emailVerified: 'email_verified',
  username: 'preferred_username',
  firstName: 'given_name',
  lastName: 'family_name',
};

const secret = text.min(MIN_SECRET_LENGTH, `must have at least ${MIN_SECRET_LENGTH} characters`);
const filled = text.min(1, 'must not be empty').max(2048);
const keysUrl = text.refine((value) => /^https?:/.test(value) && URL.canParse(value), {
  error: 'must be a URL that starts with https://',
});
const oneOrMore = z.union(
  [filled.transform((value) => [value]), z.array(filled).min(1, 'must name one at least')],
  {
    error: 'must be a text or a list of texts',
  },
);

const Custom = z
  .strictObject({
    issuer: filled.refine((value) => value !== OWN_ISSUER, `must not be "${OWN_ISSUER}"`),
    jwks_url: keysUrl.optional(),
    secret: secret.optional(),
    audience: oneOrMore,
    algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).optional(),
    authorized_parties: z.array(filled).min(1).optional(),
    claims: z
      .strictObject({
        subject: filled.optional(),
        email: filled.optional(),
        email_verified: filled.optional(),
        username: filled.optional(),
        first_name: filled.optional(),
        last_name: filled.optional(),
      })
      .default({}),
  })
  .superRefine((entry, context) => {
    for (const message of findKeyFaults(entry)) context.addIssue({ code: 'custom', message });
  })
  .transform((entry): IssuerSettings => ({
    issuer: entry.issuer,
    preset: undefined,
    jwksUrl: entry.jwks_url,
    secret: entry.secret,
    audiences: entry.audience,
    authorizedParties: entry.authorized_parties,
    algorithms: entry.algorithms ?? algorithmsFor(entry),
    claims: {
      subject: entry.claims.subject ?? CLAIMS.subject,
      email: entry.claims.email ?? CLAIMS.email,
      emailVerified: entry.claims.email_verified ?? CLAIMS.emailVerified,
      username: entry.claims.username ?? CLAIMS.username,
      firstName: entry.claims.first_name ?? CLAIMS.firstName,
      lastName: entry.claims.last_name ?? CLAIMS.lastName,
    },
  }));

const Supabase = z
  .strictObject({ preset: z.literal('supabase'), project_url: webUrl, secret: secret.optional() })
  .transform((entry): IssuerSettings => {
    const issuer = `${entry.project_url}/auth/v1`;
    const jwksUrl = `${issuer}/.well-known/jwks.json`;
    return {
      issuer,
      preset: 'supabase',
      jwksUrl,
      secret: entry.secret,
      audiences: ['authenticated'],
      authorizedParties: undefined,
      algorithms: algorithmsFor({ jwks_url: jwksUrl, secret: entry.secret }),
      claims: {
        ...CLAIMS,
        username: 'user_metadata.user_name',
        firstName: 'user_metadata.first_name',
        lastName: 'user_metadata.last_name',
      },
    };
  });

const Clerk = z
  .strictObject({
    preset: z.literal('clerk'),
    frontend_api: z.preprocess(
      (value) => (typeof value === 'string' && !value.includes('://') ? `https://${value}` : value),
      webUrl,
    ),
    audience: oneOrMore.optional(),
    authorized_parties: z.array(filled).min(1).optional(),
  })
  .transform((entry): IssuerSettings => {
    const isForOrigins = entry.audience === undefined;
    return {
      issuer: entry.frontend_api,
      preset: 'clerk',
      jwksUrl: `${entry.frontend_api}/.well-known/jwks.json`,
      secret: undefined,
      audiences: entry.audience,
      authorizedParties: entry.authorized_parties ?? (isForOrigins ? 'own-origins' : undefined),
      algorithms: ['RS256'],
      claims: { ...CLAIMS, username: 'username', firstName: 'first_name', lastName: 'last_name' },
    };
  });

const PRESETS: Readonly<Record<string, z.ZodType<IssuerSettings>>> = {
  supabase: Supabase,
  clerk: Clerk,
};
const KeyMembers = z.object({
  preset: z.unknown().optional(),
  jwks_url: z.unknown().optional(),
  secret: z.unknown().optional(),
});

const issuers = z.string().transform((value, context): readonly IssuerSettings[] => {
  const { found, faults } = readIssuers(value);
  for (const message of faults) context.addIssue({ code: 'custom', message });
  return found;
});

export const issuerSettings = setting(issuers.optional(), {
  name: 'AUTH_ISSUERS',
  description: 'Issuers whose tokens sign users in, as a JSON list; see docs/OPERATIONS.md',
  example:
    '[{"issuer":"https://id.example.com","jwks_url":"https://id.example.com/jwks","audience":"groundwork"}]',
  isSecret: true,
});

function readIssuers(value: string): {
  readonly found: readonly IssuerSettings[];
  readonly faults: readonly string[];
} {
  const list = z.array(z.unknown()).max(MAX_ISSUERS).safeParse(parseJson(value));
  if (!list.success)
    return { found: [], faults: [`must be a JSON list of at most ${MAX_ISSUERS} issuers`] };
  const parsed = list.data.map((entry) => schemaOf(entry).safeParse(entry));
  const faults = parsed.flatMap(({ error }, index) =>
    [...listIssues(error), ...findMissingKeys(list.data[index])].map(
      (fault) => `has a fault in entry ${index + 1}: ${fault}`,
    ),
  );
  const found = parsed.flatMap(({ data }) => data ?? []);
  return { found, faults: [...faults, ...findRepeated(found)] };
}

function listIssues(error: z.ZodError | undefined): readonly string[] {
  return (error?.issues ?? []).map(({ path, message }) => [...path, message].map(String).join(' '));
}

/** Asked of whatever else is wrong with the entry, so that all its faults are told together. */
function findMissingKeys(entry: unknown): readonly string[] {
  const { data } = KeyMembers.safeParse(entry);
  if (!data || data.preset !== undefined) return [];
  const hasKeys = data.jwks_url !== undefined || data.secret !== undefined;
  return hasKeys ? [] : ['needs jwks_url or secret'];
}

function schemaOf(entry: unknown): z.ZodType<IssuerSettings> {
  const { data } = KeyMembers.safeParse(entry);
  if (data?.preset === undefined) return Custom;
  return (
    PRESETS[String(data.preset)] ??
    z.custom<IssuerSettings>(
      () => false,
      `preset must be one of ${Object.keys(PRESETS).join(', ')}`,
    )
  );
}

type KeySources = {
  readonly jwks_url?: string | undefined;
  readonly secret?: string | undefined;
  readonly algorithms?: readonly TokenAlgorithm[] | undefined;
};

function algorithmsFor({
  jwks_url: jwksUrl,
  secret: shared,
}: KeySources): readonly TokenAlgorithm[] {
  return [
    ...(jwksUrl ? (['RS256', 'ES256'] as const) : []),
    ...(shared ? (['HS256'] as const) : []),
  ];
}

/** Each algorithm needs its own kind of key, so that a public key is never taken for a secret. */
function findKeyFaults(entry: KeySources): readonly string[] {
  const possible = algorithmsFor(entry);
  return (entry.algorithms ?? [])
    .filter((algorithm) => !possible.includes(algorithm))
    .map(
      (name) => `algorithms lists ${name}, which needs ${name === 'HS256' ? 'secret' : 'jwks_url'}`,
    );
}

function findRepeated(found: readonly IssuerSettings[]): readonly string[] {
  const names = found.map(({ issuer }) => issuer);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => `names the issuer "${name}" twice`);
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
