import { DONE_FRAME, finishFrame, frame, textFrame, usageFrame } from './scripted-endpoint.ts';
import type { RemoteName } from './provider-subjects.ts';

/** One kind of stream, as its provider documents it. */
export type Wire = {
  readonly start: string;
  readonly text: (text: string) => string;
  /** Says that the answer is whole, with what it used: 100 tokens read, 40 of them from a cache, and 20 written, 5 of them thought. */
  readonly finish: string;
  readonly end: string;
  readonly errorInStream: string;
};

const openai: Wire = {
  start: '',
  text: textFrame,
  finish:
    finishFrame() +
    usageFrame({
      prompt_tokens: 100,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 5 },
    }),
  end: DONE_FRAME,
  errorInStream: frame({ error: { message: 'BODY-CANARY-7731' } }),
};

const anthropic: Wire = {
  start:
    anthropicEvent('message_start', {
      message: {
        role: 'assistant',
        content: [],
        usage: {
          input_tokens: 50,
          cache_creation_input_tokens: 10,
          cache_read_input_tokens: 40,
          output_tokens: 1,
        },
      },
    }) +
    anthropicEvent('ping', {}) +
    anthropicEvent('content_block_start', {
      index: 0,
      content_block: { type: 'thinking', thinking: '', signature: '' },
    }) +
    anthropicEvent('content_block_delta', {
      index: 0,
      delta: { type: 'thinking_delta', thinking: 'I think so.' },
    }) +
    anthropicEvent('content_block_stop', { index: 0 }) +
    anthropicEvent('content_block_start', { index: 1, content_block: { type: 'text', text: '' } }),
  text: (text) =>
    anthropicEvent('content_block_delta', { index: 1, delta: { type: 'text_delta', text } }),
  finish:
    anthropicEvent('content_block_stop', { index: 1 }) +
    anthropicEvent('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: {
        output_tokens: 20,
        output_tokens_details: { thinking_tokens: 5 },
        input_tokens: null,
      },
    }),
  end: anthropicEvent('message_stop', {}),
  errorInStream: anthropicEvent('error', {
    error: { type: 'overloaded_error', message: 'BODY-CANARY-7731' },
  }),
};

const gemini: Wire = {
  start: frame({
    candidates: [{ content: { role: 'model', parts: [{ text: 'I think so.', thought: true }] } }],
  }),
  text: (text) => frame({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] }),
  finish: frame({
    candidates: [{ content: { role: 'model', parts: [] }, finishReason: 'STOP' }],
    usageMetadata: {
      promptTokenCount: 100,
      cachedContentTokenCount: 40,
      candidatesTokenCount: 15,
      thoughtsTokenCount: 5,
      totalTokenCount: 120,
    },
  }),
  end: '',
  errorInStream: frame({
    error: { code: 503, status: 'UNAVAILABLE', message: 'BODY-CANARY-7731' },
  }),
};

export const WIRES: Readonly<Record<RemoteName, Wire>> = {
  openai,
  litellm: openai,
  anthropic,
  gemini,
};

export function anthropicEvent(type: string, members: object): string {
  return `event: ${type}\n${frame({ type, ...members })}`;
}
