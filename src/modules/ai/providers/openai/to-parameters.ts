import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions';
import type { ChatRequest, ResponseFormat, ToolChoice, ToolDefinition } from '../../chat-model.ts';
import type { CallSettings } from '../call-settings.ts';
import { toWireMessage } from './to-wire-message.ts';

type Parameters = ChatCompletionCreateParamsStreaming;
type Defaults = Pick<CallSettings, 'temperature' | 'maxTokens'>;

// These reason before they answer: they name the limit of tokens anew and take no sampling.
// Behind a proxy the name of its provider stands before theirs.
const REASONING_MODEL = /^(.*\/)?(o\d|gpt-5)/;

/** A request in the words of the OpenAI protocol; what was not asked for is not sent. */
export function toParameters(
  model: string,
  { request, defaults }: { request: ChatRequest; defaults: Defaults },
): Parameters {
  return {
    model,
    messages: request.turns.map(toWireMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...samplingOf(request, { defaults, isReasoning: REASONING_MODEL.test(model) }),
    ...toolsOf(request),
    ...(request.responseFormat && { response_format: toWireFormat(request.responseFormat) }),
    ...(request.stop?.length && { stop: [...request.stop] }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(request.reasoningEffort && { reasoning_effort: request.reasoningEffort }),
  };
}

function samplingOf(
  { temperature, topP, maxTokens }: ChatRequest,
  { defaults, isReasoning }: { defaults: Defaults; isReasoning: boolean },
) {
  const limit = maxTokens ?? defaults.maxTokens;
  if (isReasoning) return { max_completion_tokens: limit };
  return {
    max_tokens: limit,
    temperature: temperature ?? defaults.temperature,
    ...(topP !== undefined && { top_p: topP }),
  };
}

function toolsOf({ tools, toolChoice, mayCallToolsInParallel }: ChatRequest) {
  if (!tools?.length) return {};
  return {
    tools: tools.map(toWireTool),
    ...(toolChoice && { tool_choice: toWireChoice(toolChoice) }),
    ...(mayCallToolsInParallel !== undefined && { parallel_tool_calls: mayCallToolsInParallel }),
  };
}

function toWireTool({
  name,
  description,
  parameters,
  isStrict,
}: ToolDefinition): ChatCompletionFunctionTool {
  return {
    type: 'function',
    function: {
      name,
      parameters,
      ...(description !== undefined && { description }),
      ...(isStrict !== undefined && { strict: isStrict }),
    },
  };
}

function toWireChoice(choice: ToolChoice): ChatCompletionToolChoiceOption {
  if (typeof choice === 'string') return choice;
  return { type: 'function', function: { name: choice.name } };
}

function toWireFormat(format: ResponseFormat): NonNullable<Parameters['response_format']> {
  if (format.type === 'json') return { type: 'json_object' };
  const { name, schema, isStrict } = format;
  return {
    type: 'json_schema',
    json_schema: { name, schema, ...(isStrict !== undefined && { strict: isStrict }) },
  };
}
