import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createDocumentParser } from '../parsing/document-parser.ts';
import { detectMimeType } from '../parsing/detect-mime-type.ts';
import { PLAIN_TEXT } from '../parsing/document-mime-type.ts';
import { createTermExtractor } from '../terms/term-extractor.ts';
import type { ChunkDraft } from './chunk-draft.ts';
import { createTokenCounter } from './count-tokens.ts';
import { splitIntoChunks } from './split-into-chunks.ts';

const SIZES = { chunkSizeTokens: 512, overlapTokens: 64, countTokens: createTokenCounter() };
const questionSchema = z.array(
  z.object({
    question: z.string(),
    document: z.string(),
    page: z.number().nullable(),
    quote: z.string(),
  }),
);
const questions = questionSchema.parse(JSON.parse(readFileSync('examples/questions.json', 'utf8')));

async function chunksOf(name: string): Promise<ChunkDraft[]> {
  const bytes = readFileSync(`examples/${name}`);
  const mimeType = (await detectMimeType(bytes, name)) ?? PLAIN_TEXT;
  const parser = createDocumentParser();
  async function* content() {
    yield bytes;
  }
  const source = { mimeType, sizeBytes: bytes.length, content: content() };
  const { blocks } = await parser.parse(source, new AbortController().signal);
  return Array.fromAsync(splitIntoChunks(blocks, SIZES)).finally(() => parser.close());
}

it.each(questions)('"$question" is answered on its page of $document', async (example) => {
  const extractTerms = createTermExtractor();
  const asked = [...extractTerms(example.question).counts.keys()];
  const chunks = await chunksOf(example.document);
  const answer = chunks.find((chunk) => chunk.content.includes(example.quote));
  const shared = (chunk: ChunkDraft) => {
    const { counts } = extractTerms(chunk.content);
    return asked.filter((term) => counts.has(term)).length;
  };
  expect(answer?.page).toBe(example.page);
  expect(answer && shared(answer)).toBe(Math.max(...chunks.map(shared)));
});
