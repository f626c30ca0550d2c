import { z } from 'zod';
import type { RequestFault } from '../endpoint-failure.ts';

type Refusal = {
  readonly status: number;
  readonly rpcCode: string | undefined;
  readonly headers: Headers;
  readonly fault: RequestFault | undefined;
};

/** An answer that is none, with what its headers and details say about it. */
export class GeminiRefusal extends Error {
  readonly status: number;
  readonly rpcCode: string | undefined;
  readonly headers: Headers;
  readonly fault: RequestFault | undefined;

  constructor({ status, rpcCode, headers, fault }: Refusal) {
    super(`status ${status}`);
    this.status = status;
    this.rpcCode = rpcCode;
    this.headers = headers;
    this.fault = fault;
  }
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
// There is no code for it.
const TOO_LONG = /input token count.*exceeds/i;
const SECONDS = /^(\d{1,9}(?:\.\d+)?)s$/;

// Codes that tell an operator what to do.
const code = z
  .enum([
    'DEADLINE_EXCEEDED',
    'FAILED_PRECONDITION',
    'INTERNAL',
    'INVALID_ARGUMENT',
    'NOT_FOUND',
    'PERMISSION_DENIED',
    'RESOURCE_EXHAUSTED',
    'UNAUTHENTICATED',
    'UNAVAILABLE',
  ])
  .optional()
  .catch(undefined);
const detail = z.object({ '@type': z.literal(RETRY_INFO), retryDelay: z.string().regex(SECONDS) });
const body = z.object({
  error: z.object({
    status: code,
    message: z.string().optional().catch(undefined),
    details: z.array(z.unknown()).optional().catch(undefined),
  }),
});

export async function readRefusal(response: Response): Promise<GeminiRefusal> {
  const headers = new Headers(response.headers);
  const parsed = body.safeParse(await readJson(response));
  const { status: rpcCode, message = '', details = [] } = parsed.data?.error ?? {};
  const retryAfter = readRetryDelay(details);
  // The wait is told in the body, where others tell it in this header.
  if (retryAfter && !headers.has('retry-after')) headers.set('retry-after', retryAfter);
  const fault = TOO_LONG.test(message) ? 'context_exceeded' : undefined;
  return new GeminiRefusal({ status: response.status, rpcCode, headers, fault });
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // Proxies answer with pages; the status says enough.
    return undefined;
  }
}

function readRetryDelay(details: readonly unknown[]): string | undefined {
  for (const each of details) {
    const parsed = detail.safeParse(each);
    if (parsed.success) return SECONDS.exec(parsed.data.retryDelay)?.[1];
  }
  return undefined;
}
