import type Anthropic from '@anthropic-ai/sdk';
import type { Ability } from '../abilities.ts';
import { readEach } from '../answer-part.ts';
import type { CallDependencies, CallSettings } from '../call-settings.ts';
import { createClientCache } from '../client-cache.ts';
import type { GetConnection, ModelProvider } from '../model-provider.ts';
import { createRemoteChatModel, type ChatProtocol } from '../remote-chat-model.ts';
import { createAnthropicClient } from './anthropic-client.ts';
import { readAnthropicError } from './read-anthropic-error.ts';
import { createEventReader } from './read-event.ts';
import { isFreeJson, toParameters } from './to-parameters.ts';

const ANTHROPIC_ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  'tools',
  'single_tool_calls',
  'json',
  'json_schema',
  'images',
  'image_urls',
  'stop',
  'reasoning_effort',
]);

/** Anthropic, or a server that speaks its protocol. */
export function createAnthropicProvider(
  getConnection: GetConnection,
  dependencies: CallDependencies,
): ModelProvider {
  const name = 'anthropic';
  const abilities = ANTHROPIC_ABILITIES;
  const getClient = createClientCache({
    provider: name,
    getConnection,
    createClient: createAnthropicClient,
  });

  return {
    name,
    abilities,
    createChatModel: (model) =>
      createRemoteChatModel(
        {
          name: model,
          provider: name,
          abilities,
          protocol: createProtocol(getClient, { model, defaults: dependencies.settings }),
        },
        dependencies,
      ),
  };
}

function createProtocol(
  getClient: () => Promise<Anthropic>,
  { model, defaults }: { model: string; defaults: Pick<CallSettings, 'maxTokens'> },
): ChatProtocol {
  return {
    readClientError: readAnthropicError,
    async open(request, signal) {
      const parameters = toParameters(model, { request, defaults });
      const client = await getClient();
      const frames = await client.messages.create(parameters, { signal });
      return readEach(frames, createEventReader({ isJsonByTool: isFreeJson(request) }));
    },
  };
}
