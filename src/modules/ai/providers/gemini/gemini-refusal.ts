import { z } from 'zod';

type Refusal = {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;
};

/** An answer that is none, with what its headers and details say about it. */
export class GeminiRefusal extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;

  constructor({ status, code, headers }: Refusal) {
    super(`status ${status}`);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
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
  error: z.object({ status: code, details: z.array(z.unknown()).optional().catch(undefined) }),
});

export async function readRefusal(response: Response): Promise<GeminiRefusal> {
  const headers = new Headers(response.headers);
  const parsed = body.safeParse(await readJson(response));
  const { status: rpcCode, details = [] } = parsed.data?.error ?? {};
  const retryAfter = readRetryDelay(details);
  // The wait is told in the body, where others tell it in this header.
  if (retryAfter && !headers.has('retry-after')) headers.set('retry-after', retryAfter);
  return new GeminiRefusal({ status: response.status, code: rpcCode, headers });
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
