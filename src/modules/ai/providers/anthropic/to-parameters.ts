import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type {
  MessageCreateParamsStreaming,
  OutputConfig,
  Tool,
  ToolChoice,
} from '@anthropic-ai/sdk/resources/messages';
import { invalid } from '#platform/errors/app-error';
import type { ChatRequest, JsonSchema, ReasoningEffort, ToolDefinition } from '../../chat-model.ts';
import type { CallSettings } from '../call-settings.ts';
import { readSystem } from '../read-system.ts';
import { toWireMessages } from './to-wire-messages.ts';

type Parameters = MessageCreateParamsStreaming;

/** Its models know no JSON without a schema: they are made to call this tool, and its input is the answer. */
export const JSON_TOOL = 'answer_in_json';

const EFFORTS: Readonly<Record<ReasoningEffort, NonNullable<OutputConfig['effort']>>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
};

/** A request in the words of Anthropic; its models take no sampling, and the limit of tokens must be told. */
export function toParameters(
  model: string,
  { request, defaults }: { request: ChatRequest; defaults: Pick<CallSettings, 'maxTokens'> },
): Parameters {
  const system = readSystem(request.turns);
  const outputConfig = toOutputConfig(request);
  return {
    model,
    max_tokens: request.maxTokens ?? defaults.maxTokens,
    messages: toWireMessages(request.turns),
    stream: true,
    ...(system !== '' && { system }),
    ...(request.stop?.length && { stop_sequences: [...request.stop] }),
    ...(isFreeJson(request) ? toJsonTool(request) : toTools(request)),
    ...(outputConfig && { output_config: outputConfig }),
  };
}

export function isFreeJson({ responseFormat }: ChatRequest): boolean {
  return responseFormat?.type === 'json';
}

function toOutputConfig({
  responseFormat: format,
  reasoningEffort,
}: ChatRequest): OutputConfig | undefined {
  if (format?.type !== 'json_schema' && !reasoningEffort) return undefined;
  return {
    ...(reasoningEffort && { effort: EFFORTS[reasoningEffort] }),
    ...(format?.type === 'json_schema' && {
      format: { type: 'json_schema', schema: toStrictSchema(format.schema) },
    }),
  };
}

/** What the endpoint does not take of a schema goes into descriptions. */
function toStrictSchema(schema: JsonSchema): Record<string, unknown> {
  try {
    return transformJSONSchema(schema);
  } catch {
    const message = 'Each part of the schema needs a type, an enum, a const or a choice of schemas';
    throw invalid([{ field: 'response_format', message }], 'schema.unsupported');
  }
}

function toJsonTool({ tools }: ChatRequest): Pick<Parameters, 'tools' | 'tool_choice'> {
  if (tools?.length) {
    const message = 'This model has not the ability "json" beside tools; give a json_schema';
    throw invalid([{ field: 'response_format', message }], 'model.ability_missing');
  }
  const description = 'Takes the answer as a JSON object.';
  return {
    tools: [{ name: JSON_TOOL, description, input_schema: { type: 'object' } }],
    tool_choice: { type: 'tool', name: JSON_TOOL },
  };
}

function toTools(request: ChatRequest): Pick<Parameters, 'tools' | 'tool_choice'> {
  const { tools, toolChoice, mayCallToolsInParallel } = request;
  if (!tools?.length) return toCalledTools(request);
  const choice = toWireChoice(toolChoice ?? 'auto');
  const isSingle = mayCallToolsInParallel === false && choice.type !== 'none';
  return {
    tools: tools.map(toWireTool),
    tool_choice: isSingle ? { ...choice, disable_parallel_tool_use: true } : choice,
  };
}

/** Calls in the conversation are refused where their tools are not named, though none may be called any more. */
function toCalledTools({ turns }: ChatRequest): Pick<Parameters, 'tools' | 'tool_choice'> {
  const names = new Set(turns.flatMap(({ toolCalls = [] }) => toolCalls.map((call) => call.name)));
  if (names.size === 0) return {};
  return {
    tools: [...names].map((name) => ({ name, input_schema: { type: 'object' } })),
    tool_choice: { type: 'none' },
  };
}

function toWireChoice(choice: NonNullable<ChatRequest['toolChoice']>): ToolChoice {
  if (typeof choice === 'object') return { type: 'tool', name: choice.name };
  return { type: choice === 'required' ? 'any' : choice };
}

function toWireTool({ name, description, parameters, isStrict }: ToolDefinition): Tool {
  return {
    name,
    input_schema: { ...parameters, type: 'object' },
    ...(description !== undefined && { description }),
    ...(isStrict !== undefined && { strict: isStrict }),
  };
}
