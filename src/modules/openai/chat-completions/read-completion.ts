import type { ChatRequest, ResponseFormat, ToolChoice, ToolDefinition } from '#modules/ai';
import type { ChatCompletionBody } from './chat-completions.schemas.ts';
import type { CompletionInput } from './chat-completions.service.ts';
import { readTurn } from './chat-messages.schemas.ts';

/** A function without parameters takes none. */
export const NO_PARAMETERS = { type: 'object', properties: {} };

/** OpenAI's request in our words. */
export function readCompletion(body: ChatCompletionBody): CompletionInput {
  const request: ChatRequest = {
    turns: body.messages.map(readTurn),
    passages: [],
    ...readSampling(body),
    ...readTools(body),
    ...readFormat(body.response_format),
    ...(body.reasoning_effort && { reasoningEffort: body.reasoning_effort }),
  };
  return { model: body.model, request };
}

function readSampling(body: ChatCompletionBody): Partial<ChatRequest> {
  const { temperature, top_p: topP, stop, seed } = body;
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(stop && { stop: [stop].flat() }),
    ...(typeof seed === 'number' && { seed }),
  };
}

function readTools(body: ChatCompletionBody): Partial<ChatRequest> {
  const { tools, tool_choice: choice, parallel_tool_calls: mayCallToolsInParallel } = body;
  if (!tools?.length) return {};
  return {
    tools: tools.map(readTool),
    ...(choice && { toolChoice: readChoice(choice) }),
    ...(typeof mayCallToolsInParallel === 'boolean' && { mayCallToolsInParallel }),
  };
}

function readTool({
  function: { name, description, parameters, strict },
}: NonNullable<ChatCompletionBody['tools']>[number]): ToolDefinition {
  return {
    name,
    parameters: parameters ?? NO_PARAMETERS,
    ...(description && { description }),
    ...(typeof strict === 'boolean' && { isStrict: strict }),
  };
}

function readChoice(choice: NonNullable<ChatCompletionBody['tool_choice']>): ToolChoice {
  return typeof choice === 'string' ? choice : { name: choice.function.name };
}

function readFormat(format: ChatCompletionBody['response_format']): Partial<ChatRequest> {
  if (!format || format.type === 'text') return {};
  if (format.type === 'json_object') return { responseFormat: { type: 'json' } };
  const { name, schema, strict } = format.json_schema;
  const responseFormat: ResponseFormat = {
    type: 'json_schema',
    name,
    schema,
    ...(typeof strict === 'boolean' && { isStrict: strict }),
  };
  return { responseFormat };
}
