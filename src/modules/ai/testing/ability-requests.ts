import type { ChatRequest, ToolDefinition } from '../chat-model.ts';
import type { Ability } from '../providers/abilities.ts';
import type { RemoteName } from './provider-subjects.ts';

export type ChatAbility = Exclude<Ability, 'embeddings' | 'moderations'>;

export const WEATHER: ToolDefinition = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

export const PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
export const IMAGE_URL = 'https://images.example.com/cat.png';

const SCHEMA = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
} as const;

/** What asks for each ability. */
export const ABILITY_REQUESTS: Readonly<Record<ChatAbility, Partial<ChatRequest>>> = {
  tools: { tools: [WEATHER], toolChoice: 'required' },
  single_tool_calls: { tools: [WEATHER], mayCallToolsInParallel: false },
  json: { responseFormat: { type: 'json' } },
  json_schema: {
    responseFormat: { type: 'json_schema', name: 'answer', schema: SCHEMA, isStrict: true },
  },
  images: { turns: [askAbout({ kind: 'inline', mimeType: 'image/png', base64: PNG_BASE64 })] },
  image_urls: { turns: [askAbout({ kind: 'url', url: IMAGE_URL })] },
  stop: { stop: ['END'] },
  seed: { seed: 42 },
  reasoning_effort: { reasoningEffort: 'low' },
};

function askAbout(image: NonNullable<ChatRequest['turns'][number]['images']>[number]) {
  return { role: 'user' as const, content: 'What is this?', images: [image] };
}

type Wire = 'openai' | 'anthropic' | 'gemini';

const DATA_URL = `data:image/png;base64,${PNG_BASE64}`;
const BASE64_SOURCE = { type: 'base64', media_type: 'image/png', data: PNG_BASE64 };
const INLINE_DATA = {
  contents: [{ parts: [{ inlineData: { data: PNG_BASE64 } }, { text: 'What is this?' }] }],
};

/** What must stand on the wire of those who have the ability. */
const EXPECTED: Readonly<Record<ChatAbility, Partial<Record<Wire, object>>>> = {
  tools: {
    openai: { tool_choice: 'required', tools: [{ function: { name: 'get_weather' } }] },
    anthropic: { tool_choice: { type: 'any' }, tools: [{ name: 'get_weather' }] },
    gemini: {
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      tools: [{ functionDeclarations: [{ name: 'get_weather' }] }],
    },
  },
  single_tool_calls: {
    openai: { parallel_tool_calls: false },
    anthropic: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  },
  json: {
    openai: { response_format: { type: 'json_object' } },
    anthropic: { tool_choice: { type: 'tool', name: 'answer_in_json' } },
    gemini: { generationConfig: { responseMimeType: 'application/json' } },
  },
  json_schema: {
    openai: { response_format: { json_schema: { name: 'answer', schema: SCHEMA, strict: true } } },
    anthropic: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
    gemini: {
      generationConfig: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA },
    },
  },
  images: {
    openai: { messages: [{ content: [{}, { image_url: { url: DATA_URL } }] }] },
    anthropic: { messages: [{ content: [{ type: 'image', source: BASE64_SOURCE }, {}] }] },
    gemini: INLINE_DATA,
  },
  image_urls: {
    openai: { messages: [{ content: [{}, { image_url: { url: IMAGE_URL } }] }] },
    anthropic: { messages: [{ content: [{ source: { type: 'url', url: IMAGE_URL } }, {}] }] },
    gemini: INLINE_DATA,
  },
  stop: {
    openai: { stop: ['END'] },
    anthropic: { stop_sequences: ['END'] },
    gemini: { generationConfig: { stopSequences: ['END'] } },
  },
  seed: { openai: { seed: 42 }, gemini: { generationConfig: { seed: 42 } } },
  reasoning_effort: {
    openai: { reasoning_effort: 'low' },
    anthropic: { output_config: { effort: 'low' } },
    gemini: { generationConfig: { thinkingConfig: { thinkingBudget: 1024 } } },
  },
};

/** The bodies of the calls that a request makes; the built-in model makes none. */
export function expectedOnWire(
  ability: ChatAbility,
  name: RemoteName | 'builtin',
): readonly (object | undefined)[] {
  if (name === 'builtin') return [];
  return [EXPECTED[ability][name === 'litellm' ? 'openai' : name]];
}
