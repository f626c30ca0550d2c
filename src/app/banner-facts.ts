import type { Config } from '#platform/config/config';
import type { BannerFacts } from './banner.ts';

/** Puts the settings in force into the words of the start banner. */
export function bannerFacts(config: Config, url: string): BannerFacts {
  const { app, database, redis, llm, email, embedding, vectors, files } = config;
  const hasModel = llm.apiKey !== undefined || llm.baseUrl !== undefined;
  const hasEmbedder = embedding.provider !== 'none';
  return {
    url,
    environment: app.environment,
    database: database.url
      ? `PostgreSQL at ${hostOf(database.url)}`
      : `embedded Postgres in ${app.dataDirectory}`,
    cache: redis.url ? `Redis at ${hostOf(redis.url)}` : 'in process',
    model: hasModel
      ? `${llm.model} at ${llm.baseUrl ? hostOf(llm.baseUrl) : 'OpenAI'}`
      : 'built-in: quotes the best sentences of your documents, offline',
    embeddings: hasEmbedder
      ? `${embedding.model} (${embedding.provider})${inChroma(vectors)}`
      : 'none: search by words (BM25)',
    storage: `files in ${files.localPath}`,
    mail: email.provider === 'smtp' ? `sent from ${email.from}` : 'in this log',
    hasDocs: app.hasDocs,
    missing: [
      ...(hasModel ? [] : ['LLM_API_KEY or LLM_BASE_URL lets a language model answer']),
      ...(hasEmbedder ? [] : ['EMBEDDING_PROVIDER adds search by meaning']),
      ...(database.url ? [] : ['DATABASE_URL moves the data to a PostgreSQL server']),
      ...(email.provider === 'smtp' ? [] : ['EMAIL_PROVIDER=smtp with SMTP_URL sends mails']),
      ...(redis.url ? [] : ['REDIS_URL shares cache and limits between processes']),
    ],
  };
}

function inChroma({ store, chromaUrl }: Config['vectors']): string {
  return store === 'chroma' && chromaUrl ? `, vectors in Chroma at ${hostOf(chromaUrl)}` : '';
}

function hostOf(url: string): string {
  return new URL(url).host;
}
