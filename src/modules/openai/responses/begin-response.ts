import type { ResponseId } from '#shared/ids';
import { readConversation } from './read-response-request.ts';
import type { ResponseBody } from './response-request.schemas.ts';
import type { ResponseView } from './response.schemas.ts';

export type ResponseHead = {
  readonly id: ResponseId;
  readonly createdSeconds: number;
  readonly model: string;
};

const DEFAULT_TEMPERATURE = 1;
const DEFAULT_TOP_P = 1;

/** A response of which nothing has been said, with what it was asked for. */
export function beginResponse(
  { id, createdSeconds, model }: ResponseHead,
  body: ResponseBody,
): ResponseView {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: createdSeconds,
    completed_at: null,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    model,
    output: [],
    usage: null,
    service_tier: 'default',
    truncation: 'disabled',
    ...echoTools(body),
    ...echoSampling(body),
    ...echoContext(body),
  };
}

function echoContext(body: ResponseBody) {
  const { previous_response_id: previousId } = body;
  const conversationId = readConversation(body);
  return {
    instructions: body.instructions ?? null,
    metadata: body.metadata ?? {},
    previous_response_id: previousId ? `resp_${previousId}` : null,
    conversation: conversationId ? { id: `conv_${conversationId}` } : null,
    store: body.store ?? true,
    user: body.user ?? null,
  };
}

function echoSampling({
  max_output_tokens: maxTokens,
  reasoning,
  temperature,
  text,
  top_p: topP,
}: ResponseBody) {
  return {
    max_output_tokens: maxTokens ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: null },
    temperature: temperature ?? DEFAULT_TEMPERATURE,
    text: { format: text?.format ?? { type: 'text' } },
    top_p: topP ?? DEFAULT_TOP_P,
  };
}

function echoTools(body: ResponseBody) {
  return {
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    tool_choice: body.tool_choice ?? 'auto',
    tools: (body.tools ?? []).map(presentTool),
  };
}

function presentTool(tool: NonNullable<ResponseBody['tools']>[number]) {
  if (tool.type === 'function') return tool;
  return { ...tool, vector_store_ids: tool.vector_store_ids.map((id) => `vs_${id}`) };
}
