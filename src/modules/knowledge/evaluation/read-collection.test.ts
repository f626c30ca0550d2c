import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readCollection } from './read-collection.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const FILES = {
  'corpus.jsonl': '{"_id":"a","title":"A","text":"one"}\n\n{"_id":2,"text":"two","metadata":{}}\n',
  'queries.jsonl': '{"_id":"q","text":"?"}\n{"_id":"r","text":"!"}\n{"_id":"s","text":"."}\n',
  'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq\ta\t2\nq\t2\t0\nr\ta\t0\n',
};

function write(files: Partial<typeof FILES>): string {
  const folder = mkdtempSync(join(tmpdir(), 'collection-'));
  folders.push(folder);
  mkdirSync(join(folder, 'qrels'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe('readCollection', () => {
  it('reads texts, and the questions that something answers', async () => {
    expect(await readCollection(write(FILES), 'test')).toEqual({
      texts: [
        { id: 'a', title: 'A', text: 'one' },
        { id: '2', title: '', text: 'two' },
      ],
      questions: [{ id: 'q', text: '?' }],
      judgements: new Map([
        ['q', new Map(Object.entries({ a: 2, 2: 0 }))],
        ['r', new Map([['a', 0]])],
      ]),
    });
  });

  it('takes judgements without a header', async () => {
    const folder = write({ ...FILES, 'qrels/test.tsv': 'q\ta\t1\n' });
    expect((await readCollection(folder, 'test')).questions).toHaveLength(1);
  });

  it.each([
    ['a line that is no JSON', { 'corpus.jsonl': '{"_id":"a","text":"x"}\n{' }, 'corpus.jsonl.* 2'],
    ['an id twice', { 'corpus.jsonl': FILES['corpus.jsonl'].replace('2', '"a"') }, '"a" twice'],
    ['a question without text', { 'queries.jsonl': '{"_id":"q"}' }, 'queries.jsonl.* 1'],
    ['a grade that is none', { 'qrels/test.tsv': 'q\ta\t1\nq\ta\tx' }, 'test.tsv.* 2'],
    ['spaces for tabs', { 'qrels/test.tsv': 'q a 1\n' }, 'test.tsv.* 1'],
  ])('refuses %s by its file and line', async (_name, broken, message) => {
    const folder = write({ ...FILES, ...broken });
    await expect(readCollection(folder, 'test')).rejects.toThrow(new RegExp(message));
  });

  it('names a file that is missing', async () => {
    await expect(readCollection(write(FILES), 'dev')).rejects.toThrow(/dev.tsv is not there/);
  });
});
