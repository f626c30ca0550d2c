import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running service, and the project in it that documents go to. */
export type UploadTarget = {
  readonly url: string;
  readonly apiKey: string;
  readonly projectId: string;
};

export type UploadOutcome =
  | { readonly kind: 'uploaded' | 'duplicate' }
  | { readonly kind: 'failed'; readonly message: string };

const MAX_TRIES = 5;
const CONFLICT = 409;
const PASSING = new Set([429, 502, 503, 504]);
const FIRST_PAUSE_SECONDS = 1;
const MAX_PAUSE_SECONDS = 30;

/** Uploads one file, again where the service is busy. Never throws for what is wrong with one file. */
export async function uploadFile(target: UploadTarget, path: string): Promise<UploadOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryUpload(target, path);
    if (outcome.kind !== 'busy') return outcome;
    if (attempt === MAX_TRIES) return { kind: 'failed', message: outcome.message };
    const pauseSeconds = outcome.pauseSeconds ?? FIRST_PAUSE_SECONDS * 2 ** (attempt - 1);
    await sleep(Math.min(pauseSeconds, MAX_PAUSE_SECONDS) * 1000);
  }
}

type Attempt =
  | UploadOutcome
  | { readonly kind: 'busy'; readonly message: string; readonly pauseSeconds?: number };

async function tryUpload(target: UploadTarget, path: string): Promise<Attempt> {
  try {
    const response = await send(target, path);
    const text = await response.text();
    if (response.ok) return { kind: 'uploaded' };
    if (response.status === CONFLICT) return { kind: 'duplicate' };
    const message = messageOf(text) ?? `answered with status ${response.status}`;
    if (!PASSING.has(response.status)) return { kind: 'failed', message };
    const pauseSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { kind: 'busy', message, ...(pauseSeconds > 0 && { pauseSeconds }) };
  } catch (error) {
    return { kind: 'failed', message: describe(error) };
  }
}

async function send({ url, apiKey, projectId }: UploadTarget, path: string): Promise<Response> {
  const form = new FormData();
  form.set('file', await openAsBlob(path), basename(path));
  const place = `/api/v1/projects/${encodeURIComponent(projectId)}/documents`;
  return fetch(new URL(place, url), {
    method: 'POST',
    headers: { 'x-api-key': apiKey },
    body: form,
  });
}

/** What a problem document says to people. */
function messageOf(text: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(text);
    const isProblem = typeof problem === 'object' && problem !== null && 'detail' in problem;
    return isProblem ? String(problem.detail) : undefined;
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
