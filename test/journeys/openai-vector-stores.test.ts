import { randomUUID } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadAndWait, type Json } from '#test/client';
import { listIds, newcomer, newcomers } from '#test/openai-client';
import { startTestService, type TestService } from '#test/service';

const FAST = { pollIntervalMs: 50 };

let test: TestService;
beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

describe("the official client's vector stores", () => {
  it('take a file, find it, tell its text, and let it go', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const store = await openai.vectorStores.create({ name: 'Birds', metadata: { kind: 'birds' } });
    expect(store).toMatchObject({
      name: 'Birds',
      metadata: { kind: 'birds' },
      status: 'completed',
    });
    const text = await toFile(Buffer.from('The heron eats frogs.'), 'heron.txt');
    const added = await openai.vectorStores.files.uploadAndPoll(store.id, text, FAST);
    expect(added).toMatchObject({ status: 'completed', last_error: null, usage_bytes: 21 });
    expect(await openai.vectorStores.retrieve(store.id)).toMatchObject({
      usage_bytes: 21,
      file_counts: { completed: 1, in_progress: 0, total: 1 },
    });

    const { data, search_query: asked } = await search(openai, store.id, { query: 'heron' });
    expect(asked).toEqual(['heron']);
    expect(data).toMatchObject([{ file_id: added.id, filename: 'heron.txt' }]);
    expect(data[0]?.content[0]?.text).toContain('The heron eats frogs.');
    expect(data[0]?.score).toBeGreaterThan(0);
    expect(data[0]?.score).toBeLessThanOrEqual(1);

    const place = { vector_store_id: store.id };
    const content = await openai.vectorStores.files.content(added.id, place);
    expect(content.data).toEqual([{ type: 'text', text: 'The heron eats frogs.' }]);
    expect(await listIds(openai.vectorStores.files.list(store.id))).toEqual([added.id]);
    expect(await openai.vectorStores.files.delete(added.id, place)).toMatchObject({
      deleted: true,
    });
    expect((await search(openai, store.id, { query: 'heron' })).data).toEqual([]);
    expect(await openai.files.retrieve(added.id)).toMatchObject({ filename: 'heron.txt' });
  });

  it('are narrowed by attributes, by score and by several queries', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const store = await openai.vectorStores.create({});
    const place = { vector_store_id: store.id };
    for (const [bird, year] of [
      ['heron', 2023],
      ['egret', 2024],
    ] as const) {
      const file = await toFile(Buffer.from(`The ${bird} eats frogs.`), `${bird}.txt`);
      const { id } = await openai.files.create({ file, purpose: 'assistants' });
      const body = { file_id: id, attributes: { bird } };
      await openai.vectorStores.files.createAndPoll(store.id, body, FAST);
      const attributes = { bird, year, is_rare: bird === 'egret' };
      await openai.vectorStores.files.update(id, { ...place, attributes });
    }
    const found = async (body: Partial<OpenAI.VectorStoreSearchParams>) =>
      (await search(openai, store.id, { query: 'frogs', ...body })).data.map(
        ({ attributes }) => attributes?.['bird'],
      );
    expect((await found({})).toSorted()).toEqual(['egret', 'heron']);
    expect(await found({ filters: { type: 'eq', key: 'year', value: 2023 } })).toEqual(['heron']);
    expect(
      await found({
        filters: {
          type: 'and',
          filters: [
            { type: 'gte', key: 'year', value: 2023 },
            { type: 'eq', key: 'is_rare', value: true },
          ],
        },
      }),
    ).toEqual(['egret']);
    expect(await found({ query: ['heron', 'egret'], max_num_results: 1 })).toHaveLength(1);
    expect(await found({ ranking_options: { score_threshold: 1 } })).toEqual([]);
    const unknown: object = { filters: { type: 'like', key: 'bird', value: 'h%' } };
    await expect(found(unknown)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it('take several files at once, of which one may fail alone', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const store = await openai.vectorStores.create({ name: 'Batch' });
    const files = await Promise.all(
      ['one', 'two'].map((word) => toFile(Buffer.from(`The word ${word}.`), `${word}.txt`)),
    );
    const image = await toFile(Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'), 'x.png');
    const { id: fileId } = await openai.files.create({ file: image, purpose: 'user_data' });
    const batch = await openai.vectorStores.fileBatches.uploadAndPoll(
      store.id,
      { files, fileIds: [fileId] },
      FAST,
    );
    expect(batch).toMatchObject({
      status: 'completed',
      file_counts: { completed: 2, failed: 1, total: 3 },
    });
    const place = { vector_store_id: store.id };
    const failed = await openai.vectorStores.fileBatches.listFiles(batch.id, {
      ...place,
      filter: 'failed',
    });
    expect(failed.data).toMatchObject([{ id: fileId, last_error: { code: 'unsupported_file' } }]);
    const cancelled = await openai.vectorStores.fileBatches.cancel(batch.id, place);
    expect(cancelled).toMatchObject({ status: 'cancelled', file_counts: { completed: 2 } });
  });

  it('lose a file that is deleted', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const file = await toFile(Buffer.from('The heron eats frogs.'), 'heron.txt');
    const { id } = await openai.files.create({ file, purpose: 'assistants' });
    const store = await openai.vectorStores.create({ name: 'Birds', file_ids: [id] });
    await openai.vectorStores.files.poll(store.id, id, FAST);
    await openai.files.delete(id);
    expect((await search(openai, store.id, { query: 'heron' })).data).toEqual([]);
    expect(await listIds(openai.vectorStores.files.list(store.id))).toEqual([]);
  });

  it('are the projects of the team, and their files the documents', async () => {
    const { openai, client } = await newcomer(test.baseUrl);
    const project = (await client.post('/projects', { name: 'Papers' })).body;
    await uploadAndWait(client, project.id, { name: 'a.txt', content: 'The stork stands.' });
    const id = `vs_${project.id}`;
    expect(await listIds(openai.vectorStores.list())).toEqual([id]);
    const [file] = (await openai.vectorStores.files.list(id)).data;
    expect(await (await openai.files.content(file?.id ?? '')).text()).toBe('The stork stands.');
    const { data } = await search(openai, id, { query: 'stork' });
    expect(data.map(({ file_id: found }) => found)).toEqual([file?.id]);
    await openai.vectorStores.update(id, { name: 'Renamed', metadata: { by: 'openai' } });
    expect((await client.get(`/projects/${project.id}`)).body.name).toBe('Renamed');
    expect(await openai.vectorStores.delete(id)).toMatchObject({ id, deleted: true });
    await expect(openai.vectorStores.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('are walked in both directions', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd'])
      ids.push((await openai.vectorStores.create({ name })).id);
    expect(await listIds(openai.vectorStores.list({ limit: 2, order: 'asc' }))).toEqual(ids);
    const before = await openai.vectorStores.list({ limit: 2, order: 'asc', before: ids[3] ?? '' });
    expect(before.data.map(({ id }) => id)).toEqual([ids[1], ids[2]]);
    expect(before.has_more).toBe(true);
  });

  it('show nothing of one team to another, whose ids are like ids that nobody has', async () => {
    const { openai, stranger } = await newcomers(test.baseUrl);
    const canary = `canary${randomUUID().slice(0, 8)}`;
    const store = await openai.vectorStores.create({ name: canary });
    const file = await toFile(Buffer.from(`The secret is ${canary}.`), `${canary}.txt`);
    const added = await openai.vectorStores.files.uploadAndPoll(store.id, file, FAST);
    const own = await stranger.vectorStores.create({ name: 'Own' });
    const place = { vector_store_id: store.id };
    for (const attempt of [
      () => search(stranger, store.id, { query: `The secret is ${canary}.` }),
      () => stranger.vectorStores.retrieve(store.id),
      () => stranger.vectorStores.files.list(store.id),
      () => stranger.vectorStores.files.content(added.id, place),
      () => stranger.vectorStores.files.create(own.id, { file_id: added.id }),
      () => stranger.vectorStores.files.retrieve(added.id, { vector_store_id: own.id }),
      () => stranger.vectorStores.fileBatches.create(own.id, { file_ids: [added.id] }),
      () => stranger.vectorStores.create({ file_ids: [added.id] }),
    ])
      await expect.soft(attempt()).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const everything = { query: `The secret is ${canary}.`, max_num_results: 50 };
    expect((await search(stranger, own.id, everything)).data).toEqual([]);
    expect(await listIds(stranger.vectorStores.list())).toEqual([own.id]);
  });

  it('refuse what they cannot do, and do not ignore it', async () => {
    const { openai } = await newcomer(test.baseUrl);
    await expect(
      openai.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 1 } }),
    ).rejects.toMatchObject({ status: 400, param: 'expires_after' });
    const chunking = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 1 };
    await expect(
      openai.vectorStores.create({ chunking_strategy: { type: 'static', static: chunking } }),
    ).rejects.toMatchObject({ status: 400, param: 'chunking_strategy' });
  });
});

type Found = {
  readonly data: readonly OpenAI.VectorStoreSearchResponse[];
  readonly search_query: readonly string[];
};

/** The whole answer; the client's page shows its results alone. */
async function search(
  openai: OpenAI,
  id: string,
  body: OpenAI.VectorStoreSearchParams,
): Promise<Found> {
  const response = await openai.vectorStores.search(id, body).asResponse();
  const found: Json = await response.json();
  return found;
}
