import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { listOperations } from './openapi-operations.ts';

export type PublishedOperation = {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly tag: string;
};

const published = z.object({
  source: z.string(),
  operations: z.record(z.string(), z.array(z.tuple([z.string(), z.string(), z.string()]))),
});
const PREFIX = '/v1';

/** The operations of the document that OpenAI publishes. */
export function listPublished(): readonly PublishedOperation[] {
  const text = readFileSync(new URL('openai-operations.json', import.meta.url), 'utf8');
  const { operations } = published.parse(JSON.parse(text));
  return Object.entries(operations).flatMap(([tag, those]) =>
    those.map(([method, path, name]) => ({ method, path, name, tag })),
  );
}

/** Those that our own document describes as well. */
export async function listDescribed(baseUrl: string): Promise<readonly PublishedOperation[]> {
  const ours = await listOperations(baseUrl);
  const shapes = new Set(ours.map(({ method, path }) => `${method} ${shapeOf(path)}`));
  return listPublished().filter(({ method, path }) =>
    shapes.has(`${method} ${PREFIX}${shapeOf(path)}`),
  );
}

/** A fetch for the official client that notes which operations were answered with success. */
export function createWitness() {
  const answered = new Set<string>();
  const witness: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    if (response.ok) answered.add(`${request.method} ${new URL(request.url).pathname}`);
    return response;
  };
  const wasAnswered = ({ method, path }: PublishedOperation): boolean => {
    const pattern = new RegExp(`^${method} ${PREFIX}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return [...answered].some((call) => pattern.test(call));
  };
  return { fetch: witness, wasAnswered };
}

/** How much of what is published is there, by tag. */
export function describeCoverage(covered: readonly PublishedOperation[]): string {
  const all = listPublished();
  const count = (operations: readonly PublishedOperation[], tag: string) =>
    operations.filter((operation) => operation.tag === tag).length;
  const tags = [...new Set(covered.map(({ tag }) => tag))];
  const lines = tags.map((tag) => `  ${tag}: ${count(covered, tag)} of ${count(all, tag)}`);
  const head = `${covered.length} of the ${all.length} operations that OpenAI publishes answer its client`;
  return [head, ...lines].join('\n');
}

function shapeOf(path: string): string {
  return path.replaceAll(/\{\w+\}/g, '{}');
}
