import type OpenAI from 'openai';
import type { CallSettings } from '../call-settings.ts';
import type { ChatProtocol } from '../remote-chat-model.ts';
import { readAnswer } from './read-answer.ts';
import { readOpenAiError } from './read-openai-error.ts';
import { toParameters } from './to-parameters.ts';

type ChatOptions = {
  readonly model: string;
  readonly defaults: Pick<CallSettings, 'temperature' | 'maxTokens'>;
};

/** Answers by the OpenAI protocol, which many kinds of endpoints speak. */
export function createOpenAiChat(
  getClient: () => Promise<OpenAI>,
  { model, defaults }: ChatOptions,
): ChatProtocol {
  return {
    readClientError: readOpenAiError,
    async open(request, signal) {
      const client = await getClient();
      const parameters = toParameters(model, { request, defaults });
      const response = await client.chat.completions.create(parameters, { signal }).asResponse();
      return readAnswer(response);
    },
  };
}
