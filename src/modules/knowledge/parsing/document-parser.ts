import { AppError } from '#platform/errors/app-error';
import { ParseError } from './parse-error.ts';
import { DEFAULT_PARSE_LIMITS, type ParseLimits } from './parse-limits.ts';
import type { DocumentParser, ParsedBlock, ParseSource } from './parsed-document.ts';
import { createParserThread, type ParserThread } from './parser-thread.ts';
import type { ParserReply, ParserRequest } from './parser-protocol.ts';
import { createThreadPool, type ThreadLease } from './thread-pool.ts';

export type DocumentParserOptions = {
  /** Those that are not given are the usual ones. */
  readonly limits?: Partial<ParseLimits>;
  /** Documents parsed at once; more wait for their turn. */
  readonly maxThreads?: number;
  readonly idleMs?: number;
};

type Parsing = {
  readonly source: ParseSource;
  readonly limits: ParseLimits;
  readonly signal: AbortSignal;
};
type Answer = Extract<ParserReply, { kind: 'opened' | 'blocks' }>;

const IDLE_MS = 30_000;

/** A parser whose work runs in threads of its own, started when there is a document and killed when it exceeds its limits. */
export function createDocumentParser({
  limits: givenLimits,
  maxThreads = 1,
  idleMs = IDLE_MS,
}: DocumentParserOptions = {}): DocumentParser {
  const limits = { ...DEFAULT_PARSE_LIMITS, ...givenLimits };
  const pool = createThreadPool({
    create: () => createParserThread(limits),
    size: maxThreads,
    idleMs,
  });
  return {
    async parse(source, signal) {
      if (source.sizeBytes === 0) throw toAppError(new ParseError('empty_file'));
      const lease = await pool.acquire(signal);
      const answers = converse(lease, { source, limits, signal });
      const opened = await answers.next();
      let progress = 0;
      async function* readBlocks(): AsyncGenerator<ParsedBlock> {
        for await (const answer of answers) {
          if (answer.kind !== 'blocks') continue;
          progress = answer.progress;
          yield* answer.blocks;
        }
      }
      const pageCount = opened.value?.kind === 'opened' ? opened.value.pageCount : null;
      return { pageCount, blocks: readBlocks(), progress: () => progress };
    },
    close: pool.close,
  };
}

/** Talks with the thread until the document's end, feeding it bytes as it asks for them. */
async function* converse(lease: ThreadLease, parsing: Parsing): AsyncGenerator<Answer, undefined> {
  const { source, limits, signal } = parsing;
  const stop = () => lease.release({ isReusable: false });
  signal.addEventListener('abort', stop, { once: true });
  const content = source.content[Symbol.asyncIterator]();
  const ask = createTimedAsk(lease.thread, limits.timeMs);
  try {
    let reply = await ask({
      kind: 'start',
      mimeType: source.mimeType,
      sizeBytes: source.sizeBytes,
      limits,
    });
    while (reply.kind !== 'finished') {
      if (reply.kind === 'failed') throw new ParseError(reply.reason, reply.cause);
      if (reply.kind === 'need-bytes') {
        reply = await ask({ kind: 'bytes', bytes: await readBytes(content, signal) });
      } else {
        yield reply;
        reply = await ask({ kind: 'next' });
      }
    }
    lease.release({ isReusable: true });
  } catch (error) {
    throw signal.aborted ? signal.reason : toAppError(error);
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    void content.return?.().catch(() => undefined);
  }
}

/** Spends one budget of time over all that a document asks of the thread. */
function createTimedAsk(thread: ParserThread, timeMs: number) {
  let remainingMs = timeMs;
  return async (request: ParserRequest): Promise<ParserReply> => {
    const startedAt = performance.now();
    const reply = await thread.ask(request, remainingMs);
    remainingMs -= performance.now() - startedAt;
    return reply;
  };
}

/** Null at the end. A copy, because the thread takes the memory over. */
async function readBytes(
  content: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { done, value } = await Promise.race([content.next(), aborted.promise]);
    return done ? null : Uint8Array.from(value);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function toAppError(error: unknown): unknown {
  if (!(error instanceof ParseError)) return error;
  return new AppError('invalid', error.message, { reason: error.reason, cause: error.cause });
}
