import type { ResponseId } from '#shared/ids';
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
  const { previous_response_id: previousId } = body;
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
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: previousId ? `resp_${previousId}` : null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? DEFAULT_TEMPERATURE,
    text: { format: body.text?.format ?? { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: (body.tools ?? []).map(presentTool),
    top_p: body.top_p ?? DEFAULT_TOP_P,
    truncation: 'disabled',
    user: body.user ?? null,
  };
}

function presentTool(tool: NonNullable<ResponseBody['tools']>[number]) {
  if (tool.type === 'function') return tool;
  return { ...tool, vector_store_ids: tool.vector_store_ids.map((id) => `vs_${id}`) };
}
