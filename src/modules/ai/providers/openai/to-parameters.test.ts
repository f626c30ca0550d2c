import { expect, it } from 'vitest';
import { buildRequest } from '../../testing/chat-requests.ts';
import { toParameters } from './to-parameters.ts';

const defaults = { temperature: 0.2, maxTokens: 300 };
const request = buildRequest('Well?', { topP: 0.5 });

it.each(['o3', 'o4-mini', 'gpt-5', 'gpt-5-mini', 'openai/gpt-5'])(
  'names the limit of %s anew, and sends no sampling',
  (model) => {
    const parameters = toParameters(model, { request, defaults });
    expect(parameters).toMatchObject({ max_completion_tokens: 300 });
    expect(Object.keys(parameters)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/temperature|top_p|^max_tokens/)]),
    );
  },
);

it.each(['gpt-4o', 'llama3', 'openai/gpt-4o', 'solo1'])('sends sampling to %s', (model) => {
  expect(toParameters(model, { request, defaults })).toMatchObject({
    max_tokens: 300,
    temperature: 0.2,
    top_p: 0.5,
  });
});
