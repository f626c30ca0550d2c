import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import { PiecewiseResponse } from '#platform/http-client/direct-fetch';
import type { AnswerPart } from '../answer-part.ts';
import { createChunkReader } from './read-chunk.ts';

const DONE = '[DONE]';

/** What the frames of a streamed answer say. */
export async function* readAnswer(response: Response): AsyncGenerator<AnswerPart, void, void> {
  const decoder = createFrameDecoder();
  const read = createChunkReader();
  for await (const piece of piecesOf(response)) {
    for (const frame of decoder.decode(piece)) yield read(JSON.parse(frame));
    if (decoder.isOver()) return;
  }
  for (const frame of decoder.end()) yield read(JSON.parse(frame));
}

function piecesOf(response: Response): AsyncIterable<Uint8Array> {
  if (response instanceof PiecewiseResponse) return response.pieces;
  throw new Error('OpenAI endpoints are called by a direct fetch');
}

/** Takes bytes as they come, and gives the data of the events that are whole, until one says `[DONE]`. */
function createFrameDecoder() {
  const decoder = new StringDecoder('utf8');
  let frames: string[] = [];
  let isOver = false;
  const parser = createParser({
    onEvent({ data }) {
      isOver ||= data === DONE;
      if (!isOver) frames.push(data);
    },
  });

  function feed(text: string): readonly string[] {
    frames = [];
    parser.feed(text);
    return frames;
  }

  return {
    isOver: () => isOver,
    decode: (bytes: Uint8Array) =>
      feed(decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
    /** Some endpoints leave out the empty line behind their last event. */
    end: () => feed(`${decoder.end()}\n\n`),
  };
}
