import { z } from 'zod';
import type { AnswerPart, ReadFrame } from '../answer-part.ts';
import { unreadable } from '../endpoint-failure.ts';

const index = z.number().int().nonnegative();
const block = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('tool_use'),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.record(z.string(), z.unknown()).nullish(),
  }),
  z.object({ type: z.literal('text'), text: z.string() }),
]);
const start = z.object({ index, content_block: block });
const said = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);
const delta = z.object({ index, delta: said });
const stop = z.object({ index });
const kindOf = z.object({
  type: z.string(),
  content_block: z.object({ type: z.string() }).optional(),
  delta: z.object({ type: z.string().optional() }).optional(),
});

type Call = { readonly index: number; hasArguments: boolean };

const NOTHING: AnswerPart = {};
const READ_KINDS = new Set(['tool_use', 'text', 'text_delta', 'input_json_delta']);

/** Reads what the blocks of an answer say: text, and calls of tools. Thoughts are not said. */
export function createBlockReader({ isJsonByTool }: { isJsonByTool: boolean }): ReadFrame {
  const calls = new Map<number, Call>();

  function readStart(frame: unknown): AnswerPart {
    const { index: at, content_block: begun } = parse(start, frame);
    if (begun.type === 'text') return { text: begun.text };
    const call: Call = { index: calls.size, hasArguments: false };
    calls.set(at, call);
    const hasInput = Object.keys(begun.input ?? {}).length > 0;
    const input = hasInput ? writeArguments(call, JSON.stringify(begun.input)) : '';
    if (isJsonByTool) return { text: input };
    const { id, name } = begun;
    return { toolCalls: [{ index: call.index, id, name, arguments: input }] };
  }

  function readDelta(frame: unknown): AnswerPart {
    const { index: at, delta: piece } = parse(delta, frame);
    if (piece.type === 'text_delta') return { text: piece.text };
    const call = calls.get(at);
    if (!call) throw unreadable();
    return piece.partial_json === '' ? NOTHING : more(call, piece.partial_json);
  }

  /** A call without arguments has none on the wire, which is no JSON. */
  function readStop(frame: unknown): AnswerPart {
    const call = calls.get(parse(stop, frame).index);
    return call && !call.hasArguments ? more(call, '{}') : NOTHING;
  }

  function more(call: Call, text: string): AnswerPart {
    const input = writeArguments(call, text);
    return isJsonByTool
      ? { text: input }
      : { toolCalls: [{ index: call.index, arguments: input }] };
  }

  return (frame) => {
    const { type, content_block: begun, delta: piece } = parse(kindOf, frame);
    const kind = begun?.type ?? piece?.type;
    if (kind !== undefined && !READ_KINDS.has(kind)) return NOTHING;
    if (type === 'content_block_start') return readStart(frame);
    if (type === 'content_block_delta') return readDelta(frame);
    return type === 'content_block_stop' ? readStop(frame) : NOTHING;
  };
}

function writeArguments(call: Call, text: string): string {
  call.hasArguments = true;
  return text;
}

function parse<Output>(schema: z.ZodType<Output>, frame: unknown): Output {
  const parsed = schema.safeParse(frame);
  if (!parsed.success) throw unreadable();
  return parsed.data;
}
