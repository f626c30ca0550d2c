import { randomUUID } from 'node:crypto';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { vi } from 'vitest';

/** Whatever the wire brought; a test says what it expects of it. */
export type Json = ReturnType<typeof JSON.parse>;

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Json };

export type StreamEvent = { readonly id: string | undefined; readonly data: Json };

export const TEST_PASSWORD = 'Correct-h0rse-battery';

const AT_THE_ROOT = /^\/(health|v1|mcp|langgraph)(\/|$)/;

/** A user's view of a running service, over HTTP; `signedBy` is a token, or headers such as a cookie. */
export function createClient(
  baseUrl: string,
  signedBy?: string | Readonly<Record<string, string>>,
) {
  const accessToken = typeof signedBy === 'string' ? signedBy : undefined;
  const credentials = accessToken ? { authorization: `Bearer ${accessToken}` } : signedBy;

  async function request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(credentials ?? {})) headers.set(name, value);
    return fetch(`${baseUrl}${AT_THE_ROOT.test(path) ? path : `/api/v1${path}`}`, {
      ...init,
      method,
      headers,
    });
  }

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const init =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return readAnswer(await request(method, path, init));
  }

  return {
    accessToken,
    request,
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body: unknown = {}) => call('POST', path, body),
    async upload(
      path: string,
      content: string | Uint8Array<ArrayBuffer>,
      named: string | { readonly name: string; readonly part: string },
    ): Promise<Answer> {
      const { name, part } = typeof named === 'string' ? { name: named, part: 'file' } : named;
      const form = new FormData();
      form.set(part, new File([content], name));
      return readAnswer(await request('POST', path, { body: form }));
    },
    async stream(path: string, body: unknown, init: RequestInit = {}) {
      const response = await request('POST', path, {
        ...init,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { response, events: readEvents(response) };
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/** Registers somebody new, signs them in, and gives their client. */
export async function signUp(baseUrl: string) {
  const visitor = createClient(baseUrl);
  const email = `${randomUUID()}@example.com`;
  const user = (await visitor.post('/auth/register', { email, password: TEST_PASSWORD })).body;
  const login = (await visitor.post('/auth/login', { email, password: TEST_PASSWORD })).body;
  return { email, user, login, client: createClient(baseUrl, login.access_token) };
}

export async function* readEvents(response: Response): AsyncGenerator<StreamEvent> {
  if (!response.body) return;
  const frames = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, data } of frames) {
    yield { id, data: data === '[DONE]' ? data : JSON.parse(data) };
  }
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

/** Uploads a file to a project and waits until it can be searched. */
export async function uploadAndWait(
  client: Client,
  projectId: string,
  { name, content }: { name: string; content: string | Uint8Array<ArrayBuffer> },
): Promise<Json> {
  const documents = `/projects/${projectId}/documents`;
  const upload = await client.upload(documents, content, name);
  if (upload.status !== 202) throw new Error(`${name}: ${JSON.stringify(upload.body)}`);
  return vi.waitFor(
    async () => {
      const { body } = await client.get(`${documents}/${upload.body.id}`);
      if (body.status !== 'ready') throw new Error(`${name} is ${body.status}: ${body.error}`);
      return body;
    },
    { timeout: 60_000, interval: 50 },
  );
}
