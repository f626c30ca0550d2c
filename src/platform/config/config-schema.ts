import { z } from 'zod';
import { administrationSettings, authSettings, rateLimitSettings } from './access-settings.ts';
import { agentSettings } from './agent-settings.ts';
import { langfuseSettings } from './langfuse-settings.ts';
import { embeddingSettings, llmSettings, retrievalSettings } from './model-settings.ts';
import { anthropicSettings, geminiSettings, litellmSettings } from './provider-settings.ts';
import { emailSettings } from './messaging-settings.ts';
import { parsingSettings } from './parsing-settings.ts';
import { outgoingSettings } from './outgoing-settings.ts';
import { appSettings, costSettings, logSettings, telemetrySettings } from './service-settings.ts';
import { rerankerSettings } from './reranker-settings.ts';
import { secretSettings } from './secret-settings.ts';
import { routingSettings } from './routing-settings.ts';
import { spendingSettings } from './spending-settings.ts';
import { settingDetails, type SettingDetails } from './setting.ts';
import {
  cacheSettings,
  databaseSettings,
  fileSettings,
  jobSettings,
  redisSettings,
  responseSettings,
  runSettings,
  streamSettings,
} from './store-settings.ts';
import { vectorSettings } from './vector-settings.ts';
import { webhookSettings } from './webhook-settings.ts';

/** Every setting there is, by group; `.env.example` and the messages are made from it too. */
export const configSchema = z.object({
  app: appSettings,
  database: databaseSettings,
  redis: redisSettings,
  cache: cacheSettings,
  auth: authSettings,
  secrets: secretSettings,
  administration: administrationSettings,
  rateLimits: rateLimitSettings,
  email: emailSettings,
  outgoing: outgoingSettings,
  webhooks: webhookSettings,
  llm: llmSettings,
  anthropic: anthropicSettings,
  gemini: geminiSettings,
  litellm: litellmSettings,
  routing: routingSettings,
  embedding: embeddingSettings,
  vectors: vectorSettings,
  retrieval: retrievalSettings,
  reranker: rerankerSettings,
  agents: agentSettings,
  files: fileSettings,
  parsing: parsingSettings,
  streams: streamSettings,
  runs: runSettings,
  responses: responseSettings,
  jobs: jobSettings,
  log: logSettings,
  telemetry: telemetrySettings,
  langfuse: langfuseSettings,
  costs: costSettings,
  spending: spendingSettings,
});

export type Settings = z.output<typeof configSchema>;

export type ListedSetting = SettingDetails & {
  readonly group: string;
  readonly key: string;
  /** The default as an operator would write it; undefined where unset means something. */
  readonly defaultText: string | undefined;
};

/** The table of settings in order. */
export function listSettings(): readonly ListedSetting[] {
  return Object.entries(configSchema.shape).flatMap(([group, { shape }]) =>
    Object.entries(shape).map(([key, schema]) => describeSetting({ group, key, schema })),
  );
}

type Member = { readonly group: string; readonly key: string; readonly schema: z.ZodType };

function describeSetting({ group, key, schema }: Member): ListedSetting {
  const details = settingDetails.get(schema);
  if (!details) throw new Error(`setting ${group}.${key} has no name`);
  const fallback = schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
  const defaultText = typeof fallback === 'string' ? fallback : undefined;
  return { ...details, group, key, defaultText };
}
