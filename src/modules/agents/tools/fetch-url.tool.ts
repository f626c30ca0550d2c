import { z } from 'zod';
import type { ReadText } from '#modules/knowledge';
import { AppError } from '#platform/errors/app-error';
import type { HttpAnswer, HttpClient } from '#platform/http-client/http-client';
import type { AgentTool } from '../agent-tool.ts';
import { defineTool, MAX_OUTPUT_CHARACTERS, succeed } from './define-tool.ts';

const MAX_URL_CHARACTERS = 2048;
const TIMEOUT_MS = 15_000;
const MAX_RESPONSE_BYTES = 2_097_152;
const MAX_REDIRECTS = 5;
const OK = 200;
const REDIRECTION = 300;

const FetchUrlInput = z.strictObject({
  url: z.string().min(1).max(MAX_URL_CHARACTERS).describe('A public address, with http or https'),
});

export type FetchUrlDependencies = {
  readonly httpClient: Pick<HttpClient, 'request'>;
  readonly readText: ReadText;
};

/** Reads public pages, and nothing else: what a document tells a model to fetch may be anything. */
export function createFetchUrlTool({ httpClient, readText }: FetchUrlDependencies): AgentTool {
  return defineTool({
    name: 'fetch_url',
    description: 'Fetches a public web page or file by its address, and returns its text.',
    input: FetchUrlInput,
    touches: ['network'],
    async run({ url }, { signal }) {
      const answer = await httpClient.request(url, {
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        maxRedirects: MAX_REDIRECTS,
        signal,
      });
      if (answer.status < OK || answer.status >= REDIRECTION) throw answeredWith(answer.status);
      if (answer.body.length === 0) return succeed('The page is empty.');
      const source = { content: answer.body, name: nameOf(answer) };
      return succeed(await readText({ ...source, maxCharacters: MAX_OUTPUT_CHARACTERS }, signal));
    },
  });
}

/** Pages of any address are HTML where their server says so. */
function nameOf({ url, headers }: HttpAnswer): string {
  const type = String(headers['content-type'] ?? '');
  if (/^text\/html\b/i.test(type)) return 'page.html';
  return new URL(url).pathname.split('/').at(-1) || 'page';
}

function answeredWith(status: number): AppError {
  return new AppError('external', `The address answered with status ${status}`, {
    reason: 'fetch_failed',
  });
}
