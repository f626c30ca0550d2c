import type { ChatRequest, ToolChoice } from '#modules/ai';
import type { ConversationId } from '#shared/ids';
import { NO_PARAMETERS } from '../chat-completions/read-completion.ts';
import type { InputItem } from '../items/input-items.schemas.ts';
import { identifyItems, type StoredItem } from '../items/stored-item.ts';
import type { ResponseBody } from './response-request.schemas.ts';

/** OpenAI's request in our words; the turns are for who knows what was said before. */
export function readRequest(body: ResponseBody): Omit<ChatRequest, 'turns'> {
  const { temperature, top_p: topP, max_output_tokens: maxTokens, reasoning } = body;
  return {
    passages: [],
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof maxTokens === 'number' && { maxTokens }),
    ...(reasoning?.effort && { reasoningEffort: reasoning.effort }),
    ...readTools(body),
    ...readFormat(body),
  };
}

/** The project that is searched for the answer. */
export function readSearchedProject({ tools, tool_choice: choice }: ResponseBody) {
  if (choice === 'none') return undefined;
  const search = tools?.find(({ type }) => type === 'file_search');
  return search?.type === 'file_search' ? search.vector_store_ids[0] : undefined;
}

export function readInput({ input }: ResponseBody): readonly StoredItem[] {
  const items: readonly InputItem[] =
    typeof input === 'string'
      ? [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
      : input;
  return identifyItems(items);
}

/** The conversation that the answer is a part of. */
export function readConversation({ conversation }: ResponseBody): ConversationId | undefined {
  return typeof conversation === 'string' ? conversation : conversation?.id;
}

function readTools(body: ResponseBody): Partial<ChatRequest> {
  const { tool_choice: choice, parallel_tool_calls: mayCallToolsInParallel } = body;
  const tools = (body.tools ?? []).filter((tool) => tool.type === 'function');
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters, strict }) => ({
      name,
      parameters: parameters ?? NO_PARAMETERS,
      ...(description && { description }),
      // Unlike chat completions, responses hold to the schema unless they are told not to.
      isStrict: strict ?? parameters !== undefined,
    })),
    ...(choice && { toolChoice: readChoice(choice) }),
    ...(typeof mayCallToolsInParallel === 'boolean' && { mayCallToolsInParallel }),
  };
}

function readChoice(choice: NonNullable<ResponseBody['tool_choice']>): ToolChoice {
  if (typeof choice === 'string') return choice;
  return choice.type === 'function' ? { name: choice.name } : 'auto';
}

function readFormat({ text }: ResponseBody): Partial<ChatRequest> {
  const format = text?.format;
  if (!format || format.type === 'text') return {};
  if (format.type === 'json_object') return { responseFormat: { type: 'json' } };
  const { type, name, schema, strict } = format;
  const isStrict = typeof strict === 'boolean' && { isStrict: strict };
  return { responseFormat: { type, name, schema, ...isStrict } };
}
