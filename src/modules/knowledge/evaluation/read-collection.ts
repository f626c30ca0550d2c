import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { invalid } from '#platform/errors/app-error';
import { hasRelevant, type Judgements } from './rank-metrics.ts';

export type CollectionText = {
  readonly id: string;
  readonly title: string;
  readonly text: string;
};

/** Texts, questions, and which of the texts answer which question. */
export type Collection = {
  readonly texts: readonly CollectionText[];
  readonly questions: readonly { readonly id: string; readonly text: string }[];
  readonly judgements: ReadonlyMap<string, Judgements>;
};

// Ids of some collections are numbers.
const id = z.union([z.string().min(1), z.number()]).transform(String);
const Text = z
  .object({ _id: id, title: z.string().nullish(), text: z.string() })
  .transform(({ _id: textId, title, text }) => ({ id: textId, title: title ?? '', text }));
const Question = z
  .object({ _id: id, text: z.string() })
  .transform(({ _id: questionId, text }) => ({ id: questionId, text }));
const Grade = z.coerce.number();
const COLUMNS = 3;

/**
 * Reads a folder in the layout of BEIR: corpus.jsonl, queries.jsonl, and qrels/<split>.tsv.
 * @throws VALIDATION_ERROR that names the file and the line
 */
export async function readCollection(folder: string, split: string): Promise<Collection> {
  const texts = await readJsonLines(join(folder, 'corpus.jsonl'), Text);
  assertDistinct(texts, join(folder, 'corpus.jsonl'));
  const judgements = await readJudgements(join(folder, 'qrels', `${split}.tsv`));
  const questions = await readJsonLines(join(folder, 'queries.jsonl'), Question);
  return {
    texts,
    questions: questions.filter((question) => isJudged(question, judgements)),
    judgements,
  };
}

/** What nothing answers says nothing about a ranking. */
function isJudged(
  { id: questionId }: { readonly id: string },
  judgements: Collection['judgements'],
): boolean {
  const judged = judgements.get(questionId);
  return judged !== undefined && hasRelevant(judged);
}

async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const { line, number } of linesOf(path)) {
    const parsed = schema.safeParse(parseJson(line));
    if (!parsed.success) throw faulty(path, `is not as BEIR has it in line ${number}`);
    items.push(parsed.data);
  }
  return items;
}

async function readJudgements(path: string): Promise<ReadonlyMap<string, Judgements>> {
  const judgements = new Map<string, Map<string, number>>();
  for await (const { line, number } of linesOf(path)) {
    const cells = line.split('\t');
    const [question = '', text = '', grade = ''] = cells;
    const parsed = Grade.safeParse(grade.trim());
    const isHeader = number === 1 && !parsed.success;
    if (isHeader) continue;
    if (cells.length < COLUMNS || grade.trim() === '' || !parsed.success)
      throw faulty(path, `has no question, text and grade, parted by tabs, in line ${number}`);
    const judged = judgements.get(question) ?? new Map<string, number>();
    judgements.set(question, judged.set(text, parsed.data));
  }
  return judgements;
}

async function* linesOf(path: string): AsyncGenerator<{ line: string; number: number }> {
  if (!existsSync(path)) throw faulty(path, 'is not there');
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    number += 1;
    if (line.trim() !== '') yield { line, number };
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function assertDistinct(texts: readonly CollectionText[], path: string): void {
  const seen = new Set<string>();
  for (const { id: textId } of texts) {
    if (seen.has(textId)) throw faulty(path, `has the id "${textId}" twice`);
    seen.add(textId);
  }
}

function faulty(path: string, problem: string) {
  return invalid([{ field: path, message: `${path} ${problem}` }], 'collection_faulty');
}
