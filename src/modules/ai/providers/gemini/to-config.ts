import type {
  FunctionCallingConfig,
  FunctionDeclaration,
  GenerateContentConfig,
  ThinkingConfig,
} from '@google/genai';
import type {
  ChatRequest,
  ReasoningEffort,
  ResponseFormat,
  ToolDefinition,
} from '../../chat-model.ts';
import type { CallSettings } from '../call-settings.ts';
import { readSystem } from '../read-system.ts';
import type { GeminiClient } from './gemini-client.ts';

type ConfigOptions = {
  readonly model: string;
  readonly defaults: Pick<CallSettings, 'temperature' | 'maxTokens'>;
  readonly sdk: GeminiClient['sdk'];
};

// These are told how many tokens they may think, the later ones how hard.
const THINKS_BY_BUDGET = /gemini-2\.5/;
// The figures of Google's own endpoint for the OpenAI protocol.
const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
};

/** How Gemini is to answer; what was not asked for is not sent. */
export function toConfig(request: ChatRequest, options: ConfigOptions): GenerateContentConfig {
  const { defaults } = options;
  const system = readSystem(request.turns);
  return {
    temperature: request.temperature ?? defaults.temperature,
    maxOutputTokens: request.maxTokens ?? defaults.maxTokens,
    ...(system !== '' && { systemInstruction: system }),
    ...(request.topP !== undefined && { topP: request.topP }),
    ...(request.stop?.length && { stopSequences: [...request.stop] }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(request.responseFormat && formatOf(request.responseFormat)),
    ...(request.reasoningEffort && {
      thinkingConfig: toThinking(request.reasoningEffort, options),
    }),
    ...toTools(request, options),
    // Calls of tools are for the caller, and one request is one bill.
    automaticFunctionCalling: { disable: true },
    automaticContinuation: false,
  };
}

function formatOf(format: ResponseFormat): GenerateContentConfig {
  const type = { responseMimeType: 'application/json' };
  return format.type === 'json' ? type : { ...type, responseJsonSchema: format.schema };
}

function toThinking(effort: ReasoningEffort, { model, sdk }: ConfigOptions): ThinkingConfig {
  if (THINKS_BY_BUDGET.test(model)) return { thinkingBudget: BUDGETS[effort] };
  const { MINIMAL, LOW, MEDIUM, HIGH } = sdk.ThinkingLevel;
  const levels = { minimal: MINIMAL, low: LOW, medium: MEDIUM, high: HIGH };
  return { thinkingLevel: levels[effort] };
}

function toTools(request: ChatRequest, { sdk }: ConfigOptions): GenerateContentConfig {
  const { tools } = request;
  if (!tools?.length) return {};
  return {
    tools: [{ functionDeclarations: tools.map(toDeclaration) }],
    toolConfig: { functionCallingConfig: toCalling(request, sdk) },
  };
}

function toDeclaration({ name, description, parameters }: ToolDefinition): FunctionDeclaration {
  return {
    name,
    parametersJsonSchema: parameters,
    ...(description !== undefined && { description }),
  };
}

function toCalling(
  { tools = [], toolChoice = 'auto' }: ChatRequest,
  sdk: GeminiClient['sdk'],
): FunctionCallingConfig {
  const { ANY, AUTO, NONE, VALIDATED } = sdk.FunctionCallingConfigMode;
  if (typeof toolChoice === 'object') {
    return { mode: ANY, allowedFunctionNames: [toolChoice.name] };
  }
  if (toolChoice === 'required') return { mode: ANY };
  if (toolChoice === 'none') return { mode: NONE };
  return { mode: tools.some(({ isStrict }) => isStrict) ? VALIDATED : AUTO };
}
