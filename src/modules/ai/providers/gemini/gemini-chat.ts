import type { HttpClient } from '#platform/http-client/http-client';
import type { CallSettings } from '../call-settings.ts';
import { readEach } from '../answer-part.ts';
import type { ChatProtocol } from '../remote-chat-model.ts';
import { inlineImages } from './fetch-image.ts';
import type { GeminiClient } from './gemini-client.ts';
import { readGeminiError } from './read-gemini-error.ts';
import { createResponseReader } from './read-response.ts';
import { createThoughtSignatures } from './thought-signatures.ts';
import { toConfig } from './to-config.ts';
import { toContents } from './to-contents.ts';

type ChatOptions = {
  readonly model: string;
  readonly defaults: Pick<CallSettings, 'temperature' | 'maxTokens'>;
  /** Fetches the images that a request names by their address. */
  readonly httpClient: Pick<HttpClient, 'request'>;
};

export function createGeminiChat(
  getClient: () => Promise<GeminiClient>,
  { model, defaults, httpClient }: ChatOptions,
): ChatProtocol {
  const signatures = createThoughtSignatures(model);
  return {
    readClientError: readGeminiError,
    async open(request, signal) {
      const inlined = await inlineImages(request, { httpClient, signal });
      const { models, sdk } = await getClient();
      const frames = await models.generateContentStream({
        model,
        contents: toContents(inlined.turns, signatures),
        config: { ...toConfig(inlined, { model, defaults, sdk }), abortSignal: signal },
      });
      return readEach(frames, createResponseReader(signatures));
    },
  };
}
