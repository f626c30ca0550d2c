import type { ChatRequest } from '../chat-model.ts';

export type Prompt = Pick<ChatRequest, 'turns' | 'tools' | 'responseFormat'>;

// What endpoints add around a turn: its role and its separators.
const TURN_OVERHEAD_TOKENS = 4;
// A picture of a megapixel at the endpoint that charges most for one.
const IMAGE_TOKENS = 1600;

/** All that a model reads of a request, in the texts that it is charged for; images are not among them. */
export function textsOf({ turns, tools = [], responseFormat }: Prompt): readonly string[] {
  return [
    ...turns.map(({ content }) => content),
    ...turns.flatMap(({ toolCalls = [] }) =>
      toolCalls.map(({ name, arguments: input }) => `${name}${input}`),
    ),
    ...tools.map((tool) => JSON.stringify(tool)),
    ...(responseFormat?.type === 'json_schema' ? [JSON.stringify(responseFormat.schema)] : []),
  ];
}

/** What comes on top of the texts. */
export function overheadTokensOf({ turns }: Prompt): number {
  const images = turns.reduce((total, turn) => total + (turn.images?.length ?? 0), 0);
  return turns.length * TURN_OVERHEAD_TOKENS + images * IMAGE_TOKENS;
}
