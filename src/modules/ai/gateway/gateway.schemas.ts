import { z } from 'zod';
import { freeObject, numeric, text, uuid } from '#platform/http/schema-parts';
import type { ProjectId } from '#shared/ids';
import type { ChatRequest, ResponseFormat, ToolChoice } from '../chat-model.ts';
import { GatewayToolCall, messages, readTurn, toolName } from './chat-messages.schemas.ts';
import type { AskInput, GatewayAnswer } from './gateway.service.ts';

const MICROS_PER_UNIT = 1_000_000;
const MAX_TEXT_LENGTH = 1_000_000;
const MAX_NAME_LENGTH = 255;
const MAX_DESCRIPTION_LENGTH = 10_000;
const MAX_TOOLS = 128;
const MAX_STOPS = 4;
const MAX_STOP_LENGTH = 255;
const MAX_TOKENS = 1_000_000;
const MAX_SEED = 2 ** 31 - 1;

const stop = text(MAX_STOP_LENGTH).min(1);

const tool = z
  .strictObject({
    name: toolName,
    description: text(MAX_DESCRIPTION_LENGTH).nullish(),
    parameters: freeObject().describe('JSON Schema of the arguments'),
    strict: z.boolean().nullish().describe('Whether arguments must follow it to the letter'),
  })
  .meta({ id: 'GatewayTool' });

const responseFormat = z
  .strictObject({
    type: z.enum(['text', 'json', 'json_schema']),
    name: toolName.nullish(),
    schema: freeObject().nullish(),
    strict: z.boolean().nullish(),
  })
  .superRefine(({ type, ...members }, context) => {
    for (const name of ['name', 'schema'] as const) {
      const isGiven = Boolean(members[name]);
      if (isGiven === (type === 'json_schema')) continue;
      const message = isGiven ? 'Belongs to json_schema' : 'Is required for json_schema';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

/** What both kinds of question take. */
const sampling = {
  model: text(MAX_NAME_LENGTH)
    .min(1)
    .nullish()
    .describe('One of `GET /ai/models`; without it the default one'),
  temperature: numeric().min(0).max(2).nullish(),
  top_p: numeric().min(0).max(1).nullish(),
  max_tokens: z.int().min(1).max(MAX_TOKENS).nullish().describe('Of the answer'),
  stop: z.union([stop, z.array(stop).max(MAX_STOPS)]).nullish(),
  seed: numeric().int().min(-MAX_SEED).max(MAX_SEED).nullish(),
  on_interruption: z
    .enum(['fail', 'continue'])
    .nullish()
    .describe('Whether the next model goes on with an answer that breaks off; `fail` without it'),
  fallbacks: z
    .enum(['default', 'none'])
    .nullish()
    .describe('`none`: no other model answers where the one asked for fails'),
  stream: z.boolean().default(false).describe('As events, in place of one JSON document'),
  project_id: uuid<ProjectId>().nullish().describe('The project that it is counted for'),
};

export const GatewayChatRequest = z
  .strictObject({
    messages,
    ...sampling,
    tools: z.array(tool).min(1).max(MAX_TOOLS).nullish(),
    tool_choice: z
      .union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: toolName })])
      .nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormat.nullish(),
    reasoning_effort: z.enum(['minimal', 'low', 'medium', 'high']).nullish(),
  })
  .superRefine(({ tools, tool_choice: choice }, context) => {
    const names = tools?.map(({ name }) => name) ?? [];
    const report = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (new Set(names).size < names.length) report('tools', 'Each tool needs a name of its own');
    if (!choice || choice === 'none' || choice === 'auto') return;
    if (names.length === 0) report('tool_choice', 'There are no tools to choose from');
    else if (typeof choice === 'object' && !names.includes(choice.name)) {
      report('tool_choice', 'Must name one of the tools');
    }
  })
  .meta({ id: 'GatewayChatRequest' });

export const CompletionRequest = z
  .strictObject({ prompt: text(MAX_TEXT_LENGTH).min(1), ...sampling })
  .meta({ id: 'CompletionRequest' });

const answered = {
  id: uuid(),
  model: z.string().describe('Which answered'),
  provider: z.string(),
  finish_reason: z.enum(['stop', 'length', 'content_filter', 'tool_calls']),
  usage: z.object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    cached_tokens: z.int().describe('Of the prompt tokens'),
    reasoning_tokens: z.int().describe('Of the completion tokens'),
    cost: z.number().describe('A decimal in the currency of the service'),
  }),
};

export const GatewayChatResponse = z
  .object({
    ...answered,
    message: z.object({
      role: z.literal('assistant'),
      content: z.string(),
      tool_calls: z.array(GatewayToolCall),
    }),
  })
  .meta({ id: 'GatewayChatResponse' });

export const CompletionResponse = z
  .object({ ...answered, text: z.string() })
  .meta({ id: 'CompletionResponse' });

type Sampling = z.output<z.ZodObject<typeof sampling>>;

export function readChatRequest(body: z.output<typeof GatewayChatRequest>): AskInput {
  const { tools, tool_choice: choice, reasoning_effort: effort } = body;
  const asked = body.response_format && readFormat(body.response_format);
  const { parallel_tool_calls: mayCallToolsInParallel } = body;
  const request: ChatRequest = {
    ...readSampling(body),
    turns: body.messages.map(readTurn),
    passages: [],
    ...(tools && { tools: tools.map(readTool) }),
    ...(tools && choice && { toolChoice: choice satisfies ToolChoice }),
    ...(tools && typeof mayCallToolsInParallel === 'boolean' && { mayCallToolsInParallel }),
    ...(asked && { responseFormat: asked }),
    ...(effort && { reasoningEffort: effort }),
  };
  return { ...readAsker(body), request };
}

export function readCompletionRequest(body: z.output<typeof CompletionRequest>): AskInput {
  const turns = [{ role: 'user', content: body.prompt }] as const;
  return { ...readAsker(body), request: { ...readSampling(body), turns, passages: [] } };
}

function readAsker({ model, project_id: projectId }: Sampling) {
  return { model: model ?? undefined, projectId: projectId ?? undefined };
}

function readSampling(sampled: Sampling) {
  const { temperature, top_p: topP, max_tokens: maxTokens, stop: stops, seed } = sampled;
  const { on_interruption: onInterruption, fallbacks } = sampled;
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(stops && { stop: [stops].flat() }),
    ...(typeof seed === 'number' && { seed }),
    ...(onInterruption && { onInterruption }),
    ...(fallbacks && { fallbacks }),
  };
}

function readTool({ name, description, parameters, strict }: z.output<typeof tool>) {
  return {
    name,
    parameters,
    ...(description && { description }),
    ...(typeof strict === 'boolean' && { isStrict: strict }),
  };
}

function readFormat(format: z.output<typeof responseFormat>): ResponseFormat | undefined {
  const { type, name, schema, strict } = format;
  if (type === 'text') return undefined;
  if (type === 'json' || !name || !schema) return { type: 'json' };
  return { type, name, schema, ...(typeof strict === 'boolean' && { isStrict: strict }) };
}

export function presentChatAnswer(answer: GatewayAnswer): z.input<typeof GatewayChatResponse> {
  const { text: content, toolCalls } = answer;
  const message = { role: 'assistant' as const, content, tool_calls: [...toolCalls] };
  return { ...presentAnswer(answer), message };
}

export function presentCompletion(answer: GatewayAnswer): z.input<typeof CompletionResponse> {
  return { ...presentAnswer(answer), text: answer.text };
}

function presentAnswer(answer: GatewayAnswer) {
  const { id, model, provider, finishReason } = answer;
  return { id, model, provider, finish_reason: finishReason, usage: presentUse(answer.used) };
}

export function presentUse(used: GatewayAnswer['used']) {
  return {
    prompt_tokens: used.promptTokens,
    completion_tokens: used.completionTokens,
    cached_tokens: used.cachedTokens,
    reasoning_tokens: used.reasoningTokens,
    cost: used.costMicros / MICROS_PER_UNIT,
  };
}
