import { request, type ClientRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#shared/ids';
import { readEvents } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { startKnowledgeServer, type KnowledgeServer } from '#test/knowledge-server';
import { numberedSentences } from '#test/texts';

const MAX_BYTES = 200_000;
const PNG = '\x89PNG\r\n\x1a\n\0\0\0\rIHDR';

let test: TestDatabase;
let server: KnowledgeServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await startKnowledgeServer({ database: test.database, maxUploadBytes: MAX_BYTES });
});
afterAll(async () => {
  await server.close();
  await test.close();
});

describe('POST /projects/{id}/documents', () => {
  it('takes a file and answers before it is ingested', async () => {
    const { client, path } = await server.signIn();
    const { status, body } = await client.upload(path, 'Hello, world', 'hello.txt');
    expect(status).toBe(202);
    expect(body).toMatchObject({
      title: 'hello.txt',
      mime_type: 'text/plain',
      bytes: 12,
      status: 'pending',
      progress: 0,
      error: null,
    });
    expect(body.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes a file of exactly the limit, and none that is a byte larger', async () => {
    const { client, path, tenant } = await server.signIn();
    const exact = await client.upload(path, 'a'.repeat(MAX_BYTES), 'exact.txt');
    expect(exact.status).toBe(202);
    const larger = await client.upload(path, 'b'.repeat(MAX_BYTES + 1), 'larger.txt');
    expect(larger).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
    expect(await server.world.count(tenant)).toMatchObject({ documents: 1 });
  });

  it.each([
    ['page.pdf', PNG, { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' }],
    [
      'drawing.txt',
      '<svg><script>1</script></svg>',
      { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' },
    ],
    ['empty.txt', '', { status: 422, code: 'VALIDATION_ERROR', reason: 'empty_file' }],
  ])('refuses %s by its content', async (name, content, problem) => {
    const { client, path, tenant } = await server.signIn();
    const answer = await client.upload(path, Buffer.from(content, 'latin1'), name);
    expect(answer).toMatchObject({ status: problem.status, body: problem });
    expect(await server.world.count(tenant)).toMatchObject({ documents: 0 });
  });

  it('names the document that is there for a duplicate', async () => {
    const { client, path } = await server.signIn();
    const { body } = await client.upload(path, 'twice', 'one.txt');
    const again = await client.upload(path, 'twice', 'two.txt');
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'DUPLICATE', details: { id: body.id } },
    });
  });

  it('leaves nothing of an upload that is cut', async () => {
    const { token, path, tenant } = await server.signIn();
    const blobs = await countBlobs();
    const upload = beginUpload(`${server.baseUrl}/api/v1${path}`, token);
    await expect.poll(() => countBlobs()).toBe(blobs + 1);
    upload.destroy();
    await expect.poll(() => countBlobs()).toBe(blobs);
    expect(await server.world.count(tenant)).toMatchObject({ documents: 0 });
  });
});

describe('documents on the wire', () => {
  it('are listed, read and read by passages', async () => {
    const { client, path } = await server.signIn();
    const document = await server.ingest(
      { client, path },
      'book.md',
      `# Book\n\n${numberedSentences('page', 50)}`,
    );
    const list = await client.get(`${path}?status=ready&sort=title`);
    expect(list.body).toMatchObject({
      total: 1,
      page: 1,
      total_pages: 1,
      items: [{ id: document.id }],
    });
    const one = await client.get(`${path}/${document.id}`);
    expect(one.body).toMatchObject({ status: 'ready', progress: 1 });

    const chunks = await client.get(`${path}/${document.id}/chunks?page_size=2`);
    expect(chunks.body.total).toBe(one.body.chunk_count);
    expect(chunks.body.items).toHaveLength(2);
    expect(chunks.body.items[0]).toMatchObject({
      ordinal: 0,
      start_offset: 0,
      heading_path: ['Book'],
    });
  });

  it('are downloaded as they were uploaded, never shown by a browser', async () => {
    const { client, path } = await server.signIn();
    const content = '<html><body><script>alert(1)</script>Grüße</body></html>';
    const { body } = await client.upload(path, content, 'Übersicht 1.html');
    const answer = await client.get(`${path}/${body.id}/content`);
    expect(answer.body).toBe(content);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename=".*"; filename\*=UTF-8''%C3%9Cbersicht%201\.html$/,
    );
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(content)));
  });

  it('are deleted, restored and indexed anew', async () => {
    const { client, path } = await server.signIn();
    const { id } = await server.ingest({ client, path }, 'note.txt', 'a note');
    expect((await client.call('DELETE', `${path}/${id}`)).status).toBe(204);
    expect((await client.get(`${path}/${id}`)).status).toBe(404);
    expect((await client.get(`${path}?deleted=true`)).body.total).toBe(1);
    const restored = await client.post(`${path}/${id}/restore`);
    expect(restored).toMatchObject({ status: 200, body: { status: 'ready' } });
    const reindexed = await client.post(`${path}/${id}/reindex`);
    expect(reindexed).toMatchObject({ status: 202, body: { status: 'pending' } });
    expect((await client.post(`${path}/${id}/reindex`)).status).toBe(409);
    await server.world.queue.runAll();
  });

  it('tell their progress as events until they are ready', async () => {
    const { client, path } = await server.signIn();
    const { body } = await client.upload(path, 'followed', 'followed.txt');
    const response = await client.request('GET', `${path}/${body.id}/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const seen: unknown[] = [];
    const states: string[] = [];
    for await (const { id, data } of readEvents(response)) {
      seen.push(data === '[DONE]' ? data : id);
      if (data !== '[DONE]') states.push(`${data.type} ${data.status}`);
      if (seen.length === 1) await server.world.queue.runAll();
    }
    expect([states.at(0), states.at(-1)]).toEqual(['document pending', 'document ready']);
    const numbers = seen.slice(0, -1).map((_, index) => String(index + 1));
    expect(seen).toEqual([...numbers, '[DONE]']);
  });

  it('are told apart from another team’s by nothing but a 404', async () => {
    const { client, path } = await server.signIn();
    const { id } = await server.ingest({ client, path }, 'mine.txt', 'mine alone');
    const { client: stranger, path: ownPath } = await server.signIn();
    const routes = [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/content'],
      ['GET', '/chunks'],
      ['GET', '/events'],
      ['POST', '/restore'],
      ['POST', '/reindex'],
    ] as const;
    for (const [method, suffix] of routes) {
      for (const [foreign, random] of [
        [`${path}/${id}`, `/projects/${newId()}/documents/${newId()}`],
        [`${ownPath}/${id}`, `${ownPath}/${newId()}`],
      ]) {
        const answer = await stranger.call(method, `${foreign}${suffix}`);
        const unknown = await stranger.call(method, `${random}${suffix}`);
        expect(answer.status).toBe(404);
        expect(shapeOf(answer.body)).toEqual(shapeOf(unknown.body));
      }
    }
  });

  it('are only read by viewers', async () => {
    const { client, path, tenant } = await server.signIn();
    const { id } = await server.ingest({ client, path }, 'seen.txt', 'seen by all');
    const viewer = server.clientOf(tenant.viewer);
    expect((await viewer.get(`${path}/${id}`)).status).toBe(200);
    expect((await viewer.upload(path, 'more', 'more.txt')).status).toBe(403);
    expect((await viewer.call('DELETE', `${path}/${id}`)).status).toBe(403);
  });
});

/** What is left of a problem document without what differs from request to request. */
function shapeOf({ detail, instance, trace_id, details, ...rest }: Record<string, string>): object {
  const text = [detail, instance].map((value) => value?.replaceAll(/[0-9a-f-]{36}/g, 'ID'));
  return { ...rest, text, hasTrace: trace_id !== undefined, members: Object.keys(details ?? {}) };
}

async function countBlobs(): Promise<number> {
  let total = 0;
  for await (const _ of server.world.storage.list()) total += 1;
  return total;
}

/** Sends the first half of a file. */
function beginUpload(url: string, token: string): ClientRequest {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'multipart/form-data; boundary=cut',
    'content-length': 150_000,
  };
  const upload = request(url, { method: 'POST', headers });
  upload.on('error', () => undefined);
  upload.write('--cut\r\nContent-Disposition: form-data; name="file"; filename="half.txt"\r\n\r\n');
  upload.write('a'.repeat(100_000));
  return upload;
}
