import { EventSourceParserStream } from 'eventsource-parser/stream';

/** A thin client of the API for the demonstration; a refusal is thrown with the problem's own words. */
export function createApiClient(baseUrl: string, accessToken?: string) {
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (accessToken) headers.set('authorization', `Bearer ${accessToken}`);
    const response = await fetch(`${baseUrl}/api/v1${path}`, { ...init, headers }).catch(() => {
      throw new Error(`${baseUrl} does not answer`);
    });
    if (response.ok) return response;
    throw new Error(`${path}: ${await describeRefusal(response)}`);
  }

  function postJson(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  return {
    async get(path: string) {
      return readJson(await call(path));
    },
    async post(path: string, body: object) {
      return readJson(await postJson(path, body));
    },
    async upload(path: string, file: File) {
      const form = new FormData();
      form.set('file', file);
      return readJson(await call(path, { method: 'POST', body: form }));
    },
    async stream(path: string, body: object) {
      const response = await postJson(path, body);
      return { events: readEvents(response), traceId: response.headers.get('x-trace-id') };
    },
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;

async function describeRefusal(response: Response): Promise<string> {
  const text = await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  if (!isProblem) return `status ${response.status}; is this a Groundwork server?`;
  const { code, detail } = JSON.parse(text);
  return `${code}: ${detail}`;
}

async function readJson(response: Response) {
  return JSON.parse(await response.text());
}

async function* readEvents(response: Response) {
  if (!response.body) return;
  const frames = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of frames) {
    if (data === '[DONE]') return;
    yield JSON.parse(data);
  }
  throw new Error('the stream ended without its last event');
}
