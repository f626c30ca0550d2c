import {
  checkUrl,
  hostOf,
  isAllowedHost,
  type AllowedHosts,
} from '#platform/http-client/check-url';
import type { Settings } from './config-schema.ts';
import { faultOf, type ConfigFault } from './config-error.ts';
import type { Variable } from './read-variables.ts';
import { splitList } from './setting-kinds.ts';
import { readVariable, type Environment } from './setting.ts';

const EXAMPLE_SECRETS =
  /change.?me|your.?(jwt|secret|key)|example|placeholder|secret.?key.?here|insecure/i;
const SECRETS = new Set(['JWT_SECRET_KEY', 'ENCRYPTION_KEY']);
const LEAST_DISTINCT_CHARACTERS = 10;
/** Units of the currency for one US dollar, where the operator gives none. */
export const DEFAULT_RATES: Readonly<Record<string, number>> = { EUR: 0.9, USD: 1 };
const MAX_ACCESS_MINUTES = 24 * 60;
const MAX_REFRESH_DAYS = 90;

const EMBEDDER_NEEDS = {
  openai: { group: 'llm', needed: 'LLM_API_KEY or LLM_BASE_URL' },
  gemini: { group: 'gemini', needed: 'GEMINI_API_KEY or GEMINI_BASE_URL' },
  litellm: { group: 'litellm', needed: 'LITELLM_API_URL' },
} as const;

/** Whether the strict rules hold; a misspelt environment is taken for a deployed one. */
export function isDeployed(environment: Environment): boolean {
  const name = readVariable(environment, 'APP_ENV') ?? 'development';
  return name !== 'development' && name !== 'test';
}

/** What staging and production demand of a variable. */
export function findDeploymentFaults({ setting, value }: Variable): readonly ConfigFault[] {
  if (setting.isRequiredWhenDeployed && value === undefined) {
    return [faultOf(setting, 'is required in staging and production')];
  }
  if (value !== undefined && SECRETS.has(setting.name) && splitList(value).some(isGuessable)) {
    return [faultOf(setting, 'is an example or a guessable value')];
  }
  return [];
}

/** Rules between settings that are each fine alone. */
export function findContradictions(settings: Settings): readonly ConfigFault[] {
  const { app, retrieval, costs, email } = settings;
  const faults: ConfigFault[] = [];
  const report = (variable: string, problem: string, example?: string) =>
    faults.push({ variable, problem, example });
  if (app.environment === 'production' && app.isDebug) {
    report('DEBUG', 'is refused in production', 'false');
  }
  if (retrieval.chunkOverlapTokens >= retrieval.chunkTokens) {
    report('CHUNK_OVERLAP', 'must be less than CHUNK_SIZE', '64');
  }
  if (email.provider === 'smtp' && email.smtpUrl === undefined) {
    report('SMTP_URL', 'is required where EMAIL_PROVIDER is smtp', 'smtp://user:password@host:587');
  }
  if (costs.currencyPerUsd === undefined && !(costs.currency in DEFAULT_RATES)) {
    report('COST_USD_RATE', `is required where CURRENCY is ${costs.currency}`, '1.35');
  }
  if (costs.currency === 'USD' && (costs.currencyPerUsd ?? 1) !== 1) {
    report('COST_USD_RATE', 'must be 1 where CURRENCY is USD', '1');
  }
  return [
    ...faults,
    ...findLoneKeys(settings),
    ...findEmbedderFaults(settings),
    ...findVectorStoreFaults(settings),
    ...findRerankerFaults(settings),
    ...findUnreachableKeys(settings),
  ];
}

/** What makes vectors must be within reach, and a proxy is nowhere without an address. */
function findEmbedderFaults(settings: Settings): readonly ConfigFault[] {
  const { provider } = settings.embedding;
  if (provider === 'none' || provider === 'builtin') return [];
  if (provider === 'local') return findLocalModelFaults(settings, 'EMBEDDING_PROVIDER');
  const { group, needed } = EMBEDDER_NEEDS[provider];
  const { apiKey, baseUrl } = settings[group];
  if (baseUrl ?? (provider === 'litellm' ? undefined : apiKey)) return [];
  const problem = `is ${provider}, which needs ${needed}`;
  return [{ variable: 'EMBEDDING_PROVIDER', problem, example: 'none' }];
}

/** Chroma is an address, and needs something that makes vectors for it. */
function findVectorStoreFaults({ vectors, embedding }: Settings): readonly ConfigFault[] {
  const { store, chromaUrl } = vectors;
  const example = 'http://localhost:8001';
  const faults: ConfigFault[] = [];
  if (store === 'chroma' && chromaUrl === undefined) {
    const problem = 'is required where VECTOR_STORE is chroma';
    faults.push({ variable: 'CHROMA_URL', problem, example });
  }
  if (chromaUrl !== undefined && !isBare(new URL(chromaUrl))) {
    const problem = 'has more in it than a scheme, a host and a port';
    faults.push({ variable: 'CHROMA_URL', problem, example });
  }
  if (store === 'chroma' && embedding.provider === 'none') {
    const problem = 'is none, and VECTOR_STORE is chroma, which needs vectors';
    faults.push({ variable: 'EMBEDDING_PROVIDER', problem, example: 'openai' });
  }
  return faults;
}

function isBare({ pathname, search, hash, username }: URL): boolean {
  return pathname === '/' && search === '' && hash === '' && username === '';
}

function findLocalModelFaults(
  { embedding }: Settings,
  because: 'EMBEDDING_PROVIDER' | 'RERANKER_PROVIDER',
): readonly ConfigFault[] {
  if (embedding.localModelsPath !== undefined) return [];
  const problem = `is required where ${because} is local`;
  return [{ variable: 'LOCAL_MODELS_PATH', problem, example: '/models' }];
}

/** A reranker is an address and a model; its key is wanted by some. */
function findRerankerFaults(settings: Settings): readonly ConfigFault[] {
  const { provider, baseUrl, apiKey, model } = settings.reranker;
  if (provider === 'local') {
    const faults = findLocalModelFaults(settings, 'RERANKER_PROVIDER');
    if (model !== undefined) return faults;
    const problem = 'is required where RERANKER_PROVIDER is local';
    return [...faults, { variable: 'RERANKER_MODEL', problem, example: 'my-cross-encoder' }];
  }
  if (baseUrl === undefined) {
    if ((apiKey ?? model) === undefined) return [];
    const problem = 'is required where a key or a model of a reranker is set';
    return [{ variable: 'RERANKER_BASE_URL', problem, example: 'https://api.cohere.com/v2' }];
  }
  if (!checkUrl(baseUrl, new Set([hostOf(new URL(baseUrl))]))) {
    const problem = 'has a name or a password in it';
    return [{ variable: 'RERANKER_BASE_URL', problem, example: 'https://api.cohere.com/v2' }];
  }
  if (model !== undefined) return [];
  const problem = 'is required where RERANKER_BASE_URL is set';
  return [{ variable: 'RERANKER_MODEL', problem, example: 'rerank-v3.5' }];
}

/** Langfuse takes its two keys together. */
function findLoneKeys({ langfuse }: Settings): readonly ConfigFault[] {
  const keys = [
    { variable: 'LANGFUSE_PUBLIC_KEY', value: langfuse.publicKey, example: 'pk-lf-…' },
    { variable: 'LANGFUSE_SECRET_KEY', value: langfuse.secretKey, example: 'sk-lf-…' },
  ];
  const missing = keys.filter(({ value }) => value === undefined);
  if (missing.length !== 1) return [];
  return missing.map(({ variable, example }) => ({
    variable,
    problem: 'is required where the other key of Langfuse is set',
    example,
  }));
}

/** Keys come over TLS from a public host, or from one that the operator named. */
function findUnreachableKeys({ auth, outgoing }: Settings): readonly ConfigFault[] {
  const allowedHosts = new Set(outgoing.allowedHosts);
  return (auth.issuers ?? []).flatMap(({ jwksUrl }) => {
    if (jwksUrl === undefined || mayFetchKeys(jwksUrl, allowedHosts)) return [];
    const problem = `names ${jwksUrl}, which is not https on a public host, nor in SSRF_ALLOW_HOSTS`;
    return [{ variable: 'AUTH_ISSUERS', problem, example: 'https://id.example.com/jwks' }];
  });
}

function mayFetchKeys(jwksUrl: string, allowedHosts: AllowedHosts): boolean {
  const url = checkUrl(jwksUrl, allowedHosts);
  return url !== undefined && (url.protocol === 'https:' || isAllowedHost(url, allowedHosts));
}

/** What works and is unwise, one sentence each. */
export function findWarnings({ app, auth, email, embedding }: Settings): readonly string[] {
  const warnings: string[] = [];
  if (app.environment === 'production' && auth.accessTokenMinutes > MAX_ACCESS_MINUTES) {
    warnings.push('JWT_ACCESS_TOKEN_EXPIRE_MINUTES is more than 24 hours');
  }
  if (app.environment === 'production' && auth.refreshTokenDays > MAX_REFRESH_DAYS) {
    warnings.push('JWT_REFRESH_TOKEN_EXPIRE_DAYS is more than 90 days');
  }
  if (app.environment === 'production' && embedding.provider === 'builtin') {
    warnings.push('EMBEDDING_PROVIDER builtin is a stand-in for tests and finds little');
  }
  if (app.environment === 'production' && email.provider === 'console') {
    warnings.push('EMAIL_PROVIDER console delivers no mail: nobody can confirm or reset anything');
  }
  return warnings;
}

function isGuessable(secret: string): boolean {
  return EXAMPLE_SECRETS.test(secret) || new Set(secret).size < LEAST_DISTINCT_CHARACTERS;
}
