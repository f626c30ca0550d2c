import type { Readable } from 'node:stream';
import type { Agent, request as undiciRequest } from 'undici';
import { AppError, invalid } from '#platform/errors/app-error';
import { checkUrl, type AllowedHosts } from './check-url.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { ResolveHost } from './guarded-connector.ts';
import { readCapped, streamCapped } from './read-capped.ts';

export type HttpCall = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything together, from the first lookup to the last byte; at most 30 seconds. */
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
  /** Redirects that a GET may follow; each target is checked anew. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: string;
};

/** An answer whose body comes as it is read. */
export type HttpDownload = Omit<HttpAnswer, 'body'> & { readonly body: AsyncIterable<Buffer> };

/** Calls addresses that somebody else chose, and reaches nothing but public hosts by them. */
export interface HttpClient {
  /** To be asked when an address is saved. @throws VALIDATION_ERROR `url_not_allowed` */
  assertAllowed(url: string, field: string): void;
  /**
   * @throws VALIDATION_ERROR `url_not_allowed`; EXTERNAL_SERVICE_ERROR `fetch_failed`, which does not
   * tell a closed port from a filtered one or from another protocol, and `response_too_large`
   */
  request(url: string, call?: HttpCall): Promise<HttpAnswer>;
  /** As `request`, without holding the body; its time runs until the last byte was read, and reading it fails in the same words. */
  download(url: string, call?: HttpCall): Promise<HttpDownload>;
  /** For a client library that is pointed to such an address; fails as `fetch` does, and has no time-out. */
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

export type HttpClientOptions = {
  readonly allowedHosts: readonly string[];
  /** How names become addresses; by the system's resolver where it is not given. */
  readonly resolve?: ResolveHost;
};

type OpenAnswer = Omit<HttpAnswer, 'body'> & { readonly body: Readable };

type Hop = { readonly url: URL; readonly headers: Readonly<Record<string, string>> };

const MAX_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5000;
const DEFAULT_MAX_RESPONSE_BYTES = 1_048_576;
const KEPT_ALIVE_MS = 4000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const USER_AGENT = 'groundwork';
/** All that another host may be told; whatever else was sent may be a secret. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'user-agent']);

export function createHttpClient({ allowedHosts, resolve }: HttpClientOptions): HttpClient {
  const allowed: AllowedHosts = new Set(allowedHosts);
  let opened: Promise<Opened> | undefined;
  const open = () => (opened ??= openAgent(allowed, resolve));

  function checked(text: string, field: string): URL {
    const url = checkUrl(text, allowed);
    if (url) return url;
    throw invalid([{ field, message: 'Not an address that may be called' }], 'url_not_allowed');
  }

  async function call({ url, headers }: Hop, options: HttpCall, signal: AbortSignal) {
    const { agent, request } = await open();
    const {
      statusCode,
      headers: answered,
      body,
    } = await request(url, {
      dispatcher: agent,
      method: options.method ?? 'GET',
      // What is not packed cannot unpack to more than was counted.
      headers: { 'user-agent': USER_AGENT, ...headers, 'accept-encoding': 'identity' },
      body: options.body ?? null,
      signal,
    });
    // One that is given up fails too, when nobody listens any more.
    body.on('error', () => undefined);
    return { status: statusCode, headers: answered, body };
  }

  async function follow(first: Hop, options: HttpCall, signal: AbortSignal): Promise<OpenAnswer> {
    const maxRedirects = (options.method ?? 'GET') === 'GET' ? (options.maxRedirects ?? 0) : 0;
    let hop = first;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await call(hop, options, signal);
      const { location } = answer.headers;
      if (maxRedirects === 0 || !REDIRECTS.has(answer.status) || typeof location !== 'string') {
        return { ...answer, url: hop.url.href };
      }
      answer.body.destroy();
      if (redirects === maxRedirects) throw new Error(`more than ${maxRedirects} redirects`);
      hop = nextHop(hop, location, allowed);
    }
  }

  async function send<T>(
    text: string,
    options: HttpCall,
    read: (answer: OpenAnswer, maxBytes: number) => Promise<T>,
  ): Promise<T> {
    const url = checked(text, 'url');
    const timeout = AbortSignal.timeout(Math.min(options.timeoutMs ?? Infinity, MAX_TIMEOUT_MS));
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    try {
      const answer = await follow({ url, headers: options.headers ?? {} }, options, signal);
      return await read(answer, options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw failureOf(error);
    }
  }

  return {
    assertAllowed: (url, field) => void checked(url, field),

    fetch: createGuardedFetch({ allowedHosts: allowed, open }),

    request: (text, options = {}) =>
      send(text, options, async (answer, maxBytes) => ({
        ...answer,
        body: await readCapped(answer.body, maxBytes),
      })),

    download: (text, options = {}) =>
      send(text, options, async (answer, maxBytes) => ({
        ...answer,
        body: streamCapped(answer.body, maxBytes, failureOf),
      })),

    async close() {
      await (await opened)?.agent.destroy();
    },
  };
}

type Opened = {
  readonly agent: Agent;
  readonly request: typeof undiciRequest;
};

/** Loads what most processes never need, and a start should not wait for. */
async function openAgent(
  allowedHosts: AllowedHosts,
  resolve: ResolveHost | undefined,
): Promise<Opened> {
  const [{ Agent, request }, { createGuardedConnector }] = await Promise.all([
    import('undici'),
    import('./guarded-connector.ts'),
  ]);
  const connect = createGuardedConnector({
    allowedHosts,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    ...(resolve && { resolve }),
  });
  return { agent: new Agent({ connect, keepAliveTimeout: KEPT_ALIVE_MS }), request };
}

/** @throws for a target that may not be called, or that would be reached without the TLS so far. */
function nextHop(hop: Hop, location: string, allowedHosts: AllowedHosts): Hop {
  const target = URL.parse(location, hop.url.href);
  const url = target ? checkUrl(target.href, allowedHosts) : undefined;
  if (!url) throw new Error('redirected to an address that may not be called');
  if (hop.url.protocol === 'https:' && url.protocol !== 'https:') {
    throw new Error('redirected from https to http');
  }
  if (url.origin === hop.url.origin) return { url, headers: hop.headers };
  const harmless = Object.entries(hop.headers).filter(([name]) => HARMLESS_HEADERS.has(name));
  return { url, headers: Object.fromEntries(harmless) };
}

function failureOf(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('external', 'The address could not be fetched', {
    reason: 'fetch_failed',
    retryable: true,
    cause,
  });
}
