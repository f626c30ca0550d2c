import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#test/client';
import { listIds, newcomer, newcomers } from '#test/openai-client';
import { startTestService, type TestService } from '#test/service';

const MEBIBYTE = 1_048_576;
const UPLOAD_BYTES = 50 * MEBIBYTE;

let test: TestService;
let folder: string;
beforeAll(async () => {
  test = await startTestService();
  folder = await mkdtemp(join(tmpdir(), 'openai-files-'));
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

describe("the official client's files", () => {
  it('go up as a stream and as bytes, and come back as they were', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'from a stream');
    const streamed = await openai.files.create({
      file: createReadStream(path),
      purpose: 'assistants',
    });
    expect(streamed).toMatchObject({
      object: 'file',
      bytes: 13,
      filename: 'notes.txt',
      purpose: 'assistants',
      status: 'processed',
    });
    const buffered = await openai.files.create({
      file: await toFile(Buffer.from('{"a":1}\n'), 'lines.jsonl'),
      purpose: 'batch',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    expect(buffered.expires_at).toBe(buffered.created_at + 3600);
    expect(await (await openai.files.content(streamed.id)).text()).toBe('from a stream');
    expect(await openai.files.retrieve(buffered.id)).toEqual(buffered);
    expect(await openai.files.waitForProcessing(buffered.id)).toEqual(buffered);
  });

  it('are listed page by page, by purpose, in either order', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const file = await toFile(Buffer.from(`file ${index}`), `${index}.txt`);
      ids.push((await openai.files.create({ file, purpose: 'evals' })).id);
    }
    const other = await toFile(Buffer.from('other'), 'other.txt');
    await openai.files.create({ file: other, purpose: 'user_data' });
    const youngest = await listIds(openai.files.list({ limit: 2, purpose: 'evals' }));
    expect(youngest).toEqual(ids.toReversed());
    expect(await listIds(openai.files.list({ limit: 2, purpose: 'evals', order: 'asc' }))).toEqual(
      ids,
    );
  });

  it('are gone when they are deleted', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const file = await toFile(Buffer.from('short'), 'short.txt');
    const { id } = await openai.files.create({ file, purpose: 'user_data' });
    expect(await openai.files.delete(id)).toEqual({ id, object: 'file', deleted: true });
    await expect(openai.files.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it("are refused as the client's errors", async () => {
    const { openai, stranger } = await newcomers(test.baseUrl);
    const file = await toFile(Buffer.from('text'), 'text.txt');
    const { id } = await openai.files.create({ file, purpose: 'user_data' });
    await expect(stranger.files.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(stranger.files.content(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(stranger.files.delete(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(openai.files.retrieve('file-nonsense')).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
    const expires_after = { anchor: 'created_at', seconds: 1 } as const;
    await expect(
      openai.files.create({ file, purpose: 'user_data', expires_after }),
    ).rejects.toMatchObject({ status: 400, param: 'expires_after.seconds' });
    const nobody = new OpenAI({ apiKey: 'nobody', baseURL: `${test.baseUrl}/v1` });
    await expect(nobody.files.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe("the official client's uploads", () => {
  it('join parts in the order given, and compare size and MD5', async () => {
    const { openai } = await newcomer(test.baseUrl);
    const upload = await openai.uploads.create({
      bytes: 6,
      filename: 'parts.txt',
      mime_type: 'text/plain',
      purpose: 'assistants',
    });
    const add = async (content: string) =>
      openai.uploads.parts.create(upload.id, { data: await toFile(Buffer.from(content), 'part') });
    const [last, first] = [await add('def'), await add('abc')];
    await expect(
      openai.uploads.complete(upload.id, { part_ids: [first.id] }),
    ).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const completed = await openai.uploads.complete(upload.id, {
      part_ids: [first.id, last.id],
      md5: createHash('md5').update('abcdef').digest('hex'),
    });
    expect(completed).toMatchObject({ status: 'completed', file: { filename: 'parts.txt' } });
    const content = await openai.files.content(completed.file?.id ?? '');
    expect(await content.text()).toBe('abcdef');
  });

  it('are given up when they are cancelled', async () => {
    const { openai, stranger } = await newcomers(test.baseUrl);
    const asked = {
      bytes: 6,
      filename: 'parts.txt',
      mime_type: 'text/plain',
      purpose: 'assistants',
    } as const;
    const { id } = await openai.uploads.create(asked);
    await expect(stranger.uploads.cancel(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(await openai.uploads.cancel(id)).toMatchObject({ id, status: 'cancelled' });
    await expect(openai.uploads.cancel(id)).rejects.toBeInstanceOf(OpenAI.ConflictError);
  });
});

it('an upload of 50 MB is stored as it comes: what waits in memory stays far below it', async () => {
  const { openai, client } = await newcomer(test.baseUrl);
  const path = join(folder, 'large.bin');
  await writeFile(path, Buffer.alloc(UPLOAD_BYTES, 'a'));
  const { storage } = test.service.modules.files;
  const write = storage.write;
  let mostWaiting = 0;
  let pieces = 0;
  async function* measure(content: Readable): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      pieces += 1;
      mostWaiting = Math.max(mostWaiting, content.readableLength + piece.length);
      yield piece;
    }
  }
  storage.write = (key, content, signal) =>
    write(key, Readable.from(measure(content), { objectMode: false }), signal);
  try {
    const file = createReadStream(path);
    const { id, bytes } = await openai.files.create({ file, purpose: 'user_data' });
    expect(bytes).toBe(UPLOAD_BYTES);
    expect(pieces).toBeGreaterThan(UPLOAD_BYTES / MEBIBYTE);
    expect(mostWaiting).toBeLessThan(MEBIBYTE);
    await expectRange(client, id);
  } finally {
    storage.write = write;
  }
}, 60_000);

async function expectRange(client: Client, id: string): Promise<void> {
  const range = { range: `bytes=${UPLOAD_BYTES - 3}-` };
  const response = await client.request('GET', `/files/${id.slice('file-'.length)}/content`, {
    headers: range,
  });
  expect([response.status, await response.text()]).toEqual([206, 'aaa']);
}
