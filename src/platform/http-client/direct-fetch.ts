import type { Dispatcher } from 'undici';
import { createBodyPieces, type BodyPieces } from './body-pieces.ts';

type Fetch = typeof globalThis.fetch;

export type DirectFetchOptions = {
  /** Where connections come from; a pool of its own where it is not given. */
  readonly open?: () => Promise<Dispatcher>;
  /** The most of one answer that is read. */
  readonly maxResponseBytes?: number;
};

/** An answer whose body can be read piece by piece as it comes from the connection, by `pieces` or by `body`. */
export class PiecewiseResponse extends Response {
  readonly pieces: AsyncIterable<Buffer>;

  constructor(pieces: AsyncIterable<Buffer>, init: ResponseInit) {
    super(NO_BODY.has(init.status ?? 0) ? null : ReadableStream.from(pieces), init);
    this.pieces = pieces;
  }
}

/** A new connection costs more than a first token may; shorter than the minute after which balancers close silent ones. */
const KEPT_ALIVE_MS = 30_000;
const NO_BODY = new Set([204, 205, 304]);

/**
 * `fetch` for client libraries that send text, and read streams of many small pieces: what the built-in one does for
 * each of them takes longer than all else that becomes of a token. It follows no redirect, unpacks nothing, and has
 * no time-out.
 */
export function createDirectFetch(options: DirectFetchOptions = {}): Fetch {
  const { open = createPool(), maxResponseBytes = Infinity } = options;
  return async (input, init = {}) => {
    const { signal, method = 'GET', body } = init;
    const { origin, pathname, search } = new URL(input instanceof Request ? input.url : input);
    const given = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
    // What is not packed cannot unpack to more than was counted.
    const headers = { ...Object.fromEntries(given), 'accept-encoding': 'identity' };
    const call = { origin, path: `${pathname}${search}`, method, body: textOf(body) };
    const limits = { headersTimeout: 0, bodyTimeout: 0 };
    const dispatcher = await open();
    signal?.throwIfAborted();
    return new Promise<Response>((resolve, reject) => {
      const handler = answerTo({ resolve, reject, signal, maxResponseBytes });
      dispatcher.dispatch({ ...call, ...limits, headers }, handler);
    });
  };
}

/** Loads the package only when it is needed. */
function createPool(): () => Promise<Dispatcher> {
  let opened: Promise<Dispatcher> | undefined;
  return () =>
    (opened ??= import('undici').then(
      ({ Agent }) => new Agent({ keepAliveTimeout: KEPT_ALIVE_MS }),
    ));
}

type Caller = {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | null | undefined;
  readonly maxResponseBytes: number;
};

function answerTo({
  resolve,
  reject,
  signal,
  maxResponseBytes,
}: Caller): Dispatcher.DispatchHandler {
  let pieces: BodyPieces | undefined;
  let abort = (): void => undefined;
  const end = () => signal?.removeEventListener('abort', abort);
  return {
    onRequestStart(controller) {
      abort = () => controller.abort(new Error('the caller gave up'));
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort);
    },
    onResponseStart(controller, status, headers) {
      // Others come before the answer.
      if (status < FIRST_FINAL_STATUS) return;
      pieces = createBodyPieces(controller, maxResponseBytes);
      resolve(new PiecewiseResponse(pieces, { status, headers: flatten(headers) }));
    },
    onResponseData(_controller, piece) {
      pieces?.push(piece);
    },
    onResponseEnd() {
      end();
      pieces?.end();
    },
    onResponseError(_controller, error) {
      end();
      const failure: unknown = signal?.aborted ? signal.reason : describeFailure(error);
      if (pieces) pieces.fail(failure);
      else reject(failure);
    },
  };
}

const FIRST_FINAL_STATUS = 200;

/** With a cause, as failures of `fetch` have, by which client libraries know them. */
function describeFailure(error: Error): TypeError {
  return new TypeError('fetch failed', { cause: error });
}

function flatten(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each): [string, string] => [name, each]),
  );
}

/** Client libraries send what they have made into text. */
function textOf(body: unknown): string | null {
  if (body === undefined || body === null || typeof body === 'string') return body ?? null;
  throw new TypeError('only text can be sent');
}
