import type { HttpClient } from '#platform/http-client/http-client';
import type { Ability } from '../abilities.ts';
import type { CallDependencies } from '../call-settings.ts';
import { createClientCache } from '../client-cache.ts';
import type { GetConnection, ModelProvider } from '../model-provider.ts';
import { createRemoteChatModel } from '../remote-chat-model.ts';
import { createRemoteEmbeddingModel } from '../remote-embedding-model.ts';
import { createGeminiChat } from './gemini-chat.ts';
import { createGeminiClient } from './gemini-client.ts';
import { createGeminiEmbeddings } from './gemini-embeddings.ts';

const GEMINI_ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  'tools',
  'json',
  'json_schema',
  'images',
  'image_urls',
  'stop',
  'seed',
  'reasoning_effort',
  'embeddings',
]);

type GeminiOptions = {
  readonly getConnection: GetConnection;
  readonly httpClient: Pick<HttpClient, 'request'>;
};

/** Google's Gemini, or a server that speaks its protocol. */
export function createGeminiProvider(
  { getConnection, httpClient }: GeminiOptions,
  dependencies: CallDependencies,
): ModelProvider {
  const name = 'gemini';
  const abilities = GEMINI_ABILITIES;
  const { settings: defaults } = dependencies;
  const getClient = createClientCache({
    provider: name,
    getConnection,
    createClient: createGeminiClient,
  });

  return {
    name,
    abilities,
    createChatModel(model) {
      const protocol = createGeminiChat(getClient, { model, defaults, httpClient });
      return createRemoteChatModel(
        { name: model, provider: name, abilities, protocol },
        dependencies,
      );
    },
    createEmbeddingModel(model, dimensions) {
      const protocol = createGeminiEmbeddings(getClient, { model, dimensions });
      return createRemoteEmbeddingModel({ name: model, dimensions, protocol }, dependencies);
    },
  };
}
