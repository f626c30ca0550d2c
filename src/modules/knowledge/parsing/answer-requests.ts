import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import type { FormatReader } from './formats/draft-block.ts';
import { ParseError } from './parse-error.ts';
import type { ParsedBlock, ParseFailure } from './parsed-document.ts';
import type { ParserReply, ParserRequest } from './parser-protocol.ts';
import { readDocument } from './read-document.ts';
import { dropLoneSurrogates, tidyText } from './text-encoding.ts';

type Exchange = (reply: ParserReply) => Promise<ParserRequest>;
type StartRequest = Extract<ParserRequest, { kind: 'start' }>;

// Small, so that what the reader does with a batch never holds up its event loop for long.
const BATCH_CHARACTERS = 16 * 1024;

/** The parser's side of the conversation in parser-protocol.ts: document after document, without end. */
export async function answerRequests(port: MessagePort): Promise<never> {
  let turn: Promise<unknown> = Promise.resolve();
  async function next(): Promise<ParserRequest> {
    const [request]: ParserRequest[] = await once(port, 'message');
    if (!request) throw new Error('empty message');
    return request;
  }
  // Streams may read ahead while a batch of blocks waits to be taken: each reply waits its turn.
  const exchange: Exchange = (reply) => {
    const previous = turn;
    const answered = (async () => {
      await previous;
      port.postMessage(reply);
      return next();
    })();
    turn = answered;
    return answered;
  };
  for (let request = await next(); ;) {
    if (request.kind !== 'start') throw new Error(`unexpected ${request.kind}`);
    request = await exchange(await parse(request, exchange));
  }
}

async function parse(start: StartRequest, exchange: Exchange): Promise<ParserReply> {
  try {
    const bytes = receiveBytes(exchange);
    const reader = await readDocument(bytes.content, start);
    await exchange({ kind: 'opened', pageCount: reader.pageCount });
    const progress = () =>
      reader.progress?.() ?? Math.min(1, bytes.receivedBytes() / start.sizeBytes);
    await sendBlocks(reader, { exchange, progress });
    return { kind: 'finished' };
  } catch (error) {
    return toFailure(error);
  }
}

function receiveBytes(exchange: Exchange) {
  let receivedBytes = 0;
  async function* content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const request = await exchange({ kind: 'need-bytes' });
      if (request.kind !== 'bytes' || request.bytes === null) return;
      receivedBytes += request.bytes.length;
      yield request.bytes;
    }
  }
  return { content: content(), receivedBytes: () => receivedBytes };
}

async function sendBlocks(
  reader: FormatReader,
  { exchange, progress }: { exchange: Exchange; progress: () => number },
): Promise<void> {
  let batch: ParsedBlock[] = [];
  let offset = 0;
  let batchOffset = 0;
  let hasText = false;
  const send = () => exchange({ kind: 'blocks', blocks: batch, progress: progress() });
  for await (const draft of reader.blocks) {
    const text = dropLoneSurrogates(tidyText(draft.text));
    if (text === '') continue;
    batch.push({ ...draft, text, startOffset: offset });
    offset += text.length;
    hasText ||= text.trim() !== '';
    if (offset - batchOffset < BATCH_CHARACTERS) continue;
    await send();
    batch = [];
    batchOffset = offset;
  }
  if (!hasText) throw new ParseError('no_text');
  if (batch.length > 0) await send();
}

function toFailure(error: unknown): ParserReply {
  const { reason, cause } =
    error instanceof ParseError ? error : new ParseError(reasonOf(error), error);
  return {
    kind: 'failed',
    reason,
    ...(cause instanceof Error && { cause: `${cause.name}: ${cause.message}` }),
  };
}

/** What fails to allocate is a RangeError in V8; all else that a hostile file may provoke is called damage. */
function reasonOf(error: unknown): ParseFailure {
  const isMemory =
    error instanceof RangeError && /allocation|array length|string length/i.test(error.message);
  return isMemory ? 'parse_memory' : 'damaged';
}
