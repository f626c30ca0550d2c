import type { Ability } from '../abilities.ts';
import { createEndpointCaller } from '../call-endpoint.ts';
import type { CallDependencies } from '../call-settings.ts';
import { createClientCache } from '../client-cache.ts';
import type { GetConnection, ModelProvider } from '../model-provider.ts';
import { createRemoteChatModel } from '../remote-chat-model.ts';
import { createRemoteEmbeddingModel } from '../remote-embedding-model.ts';
import { createOpenAiChat } from './openai-chat.ts';
import { createOpenAiClient } from './openai-client.ts';
import { createOpenAiEmbeddings } from './openai-embeddings.ts';
import { createOpenAiModerations } from './openai-moderations.ts';
import { readOpenAiError } from './read-openai-error.ts';

const OPENAI_ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  'tools',
  'single_tool_calls',
  'json',
  'json_schema',
  'images',
  'image_urls',
  'stop',
  'seed',
  'reasoning_effort',
  'embeddings',
  'moderations',
]);

/** OpenAI itself, a LiteLLM proxy, or any other server that speaks the OpenAI protocol. */
export function createOpenAiProvider(
  { name, getConnection }: { name: 'openai' | 'litellm'; getConnection: GetConnection },
  dependencies: CallDependencies,
): ModelProvider {
  const { settings: defaults } = dependencies;
  const callEndpoint = createEndpointCaller(dependencies, readOpenAiError);
  const getClient = createClientCache({
    provider: name,
    getConnection,
    needsAddress: name === 'litellm',
    createClient: createOpenAiClient,
  });

  return {
    name,
    abilities: OPENAI_ABILITIES,
    moderate: createOpenAiModerations(getClient, callEndpoint),

    createChatModel: (model) =>
      createRemoteChatModel(
        {
          name: model,
          provider: name,
          abilities: OPENAI_ABILITIES,
          protocol: createOpenAiChat(getClient, { model, defaults }),
        },
        dependencies,
      ),

    createEmbeddingModel: (model, dimensions) =>
      createRemoteEmbeddingModel(
        {
          name: model,
          dimensions,
          protocol: createOpenAiEmbeddings(getClient, { model, dimensions }),
        },
        dependencies,
      ),
  };
}
