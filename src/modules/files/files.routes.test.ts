import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client, Json } from '#test/client';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { startKnowledgeServer, type KnowledgeServer } from '#test/knowledge-server';

const MAX_BYTES = 200_000;

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

describe('POST /files', () => {
  it('keeps a file with its type, size and hash', async () => {
    const { client, tenant } = await server.signIn();
    const { status, body } = await client.upload('/files', 'a,b\n1,2', 'table.csv');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'table.csv',
      mime_type: 'text/csv',
      bytes: 7,
      purpose: 'user_data',
      expires_at: null,
      team_id: tenant.id,
      owner_id: tenant.actor.userId,
    });
    expect((await client.get(`/files/${body.id}`)).body).toEqual(body);
    expect((await client.get('/files')).body).toMatchObject({ items: [body], total: 1 });
  });

  it('takes the purpose from the form, wherever in it that stands', async () => {
    const { client } = await server.signIn();
    for (const order of ['before', 'after']) {
      const response = await client.request('POST', '/files', { body: formOf(order) });
      const file: Json = await response.json();
      expect.soft([order, response.status, file.purpose]).toEqual([order, 201, 'evals']);
    }
    const listed = await client.get('/files?purpose=batch');
    expect(listed.body).toMatchObject({ items: [], total: 0 });
  });

  it.each([
    ['an unknown purpose', { purpose: 'mining' }, 422],
    ['an unknown field', { owner_id: 'me' }, 422],
    ['a purpose that takes only images', { purpose: 'vision' }, 415],
    ['a purpose that takes only lines of JSON', { purpose: 'fine-tune' }, 415],
  ])('refuses %s and keeps nothing', async (_, fields, status) => {
    const { client } = await server.signIn();
    const before = await countBlobs();
    const form = new FormData();
    form.set('file', new File(['text'], 'note.txt'));
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    expect((await client.request('POST', '/files', { body: form })).status).toBe(status);
    expect((await client.get('/files')).body.total).toBe(0);
    expect(await countBlobs()).toBe(before);
  });

  it('takes a file of exactly the limit, and none that is a byte larger or empty', async () => {
    const { client } = await server.signIn();
    const upload = (bytes: number) => client.upload('/files', 'a'.repeat(bytes), 'x.txt');
    expect((await upload(MAX_BYTES)).status).toBe(201);
    expect(await upload(MAX_BYTES + 1)).toMatchObject({ status: 413 });
    expect(await upload(0)).toMatchObject({ status: 422, body: { reason: 'empty_file' } });
    expect((await client.get('/files')).body.total).toBe(1);
  });

  it('is not for viewers, who may read', async () => {
    const { client, tenant } = await server.signIn();
    const viewer = server.clientOf(tenant.viewer);
    const { body } = await client.upload('/files', 'seen', 'seen.txt');
    expect((await viewer.upload('/files', 'x', 'x.txt')).status).toBe(403);
    expect((await viewer.call('DELETE', `/files/${body.id}`)).status).toBe(403);
    expect((await viewer.get(`/files/${body.id}/content`)).body).toBe('seen');
  });
});

describe('GET /files/{id}/content', () => {
  it('is a download that no browser shows in place, whatever the file pretends to be', async () => {
    const { client } = await server.signIn();
    const script = '<script>alert(1)</script>';
    for (const [name, content, type] of [
      ['x.pdf.html', `<!doctype html>${script}`, 'text/html'],
      ['drawing.png', `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`, 'image/svg+xml'],
      ['report.pdf', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
      ['evil"\r\nx: y.txt', 'plain', 'text/plain'],
    ] as const) {
      const { body } = await client.upload('/files', Buffer.from(content, 'latin1'), name);
      const { headers } = await client.request('GET', `/files/${body.id}/content`);
      expect.soft(headers.get('content-type'), name).toContain(type);
      expect.soft(headers.get('content-disposition'), name).toMatch(/^attachment/);
      expect.soft(headers.get('x-content-type-options'), name).toBe('nosniff');
      expect.soft(headers.get('content-security-policy'), name).toContain("default-src 'none'");
      expect.soft(headers.get('x'), name).toBeNull();
    }
  });

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=-100', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=4-2', 200, '0123456789', null],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['lines=1-2', 200, '0123456789', null],
  ])('answers the range %s with %i', async (range, status, content, contentRange) => {
    const { client, path } = await storeDigits();
    const response = await client.request('GET', path, { headers: { range } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(response.headers.get('content-length')).toBe(String(content.length));
    expect(await response.text()).toBe(content);
  });

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99999999999999999999-'])(
    'refuses the range %s and says how long the file is',
    async (range) => {
      const { client, path } = await storeDigits();
      const response = await client.request('GET', path, { headers: { range } });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe('bytes */10');
      expect(await response.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
    },
  );

  it('gives a range only of the version that the client has the rest of', async () => {
    const { client, path } = await storeDigits();
    const etag = (await client.request('HEAD', path)).headers.get('etag') ?? '';
    const statusFor = async (version: string) =>
      (await client.request('GET', path, { headers: { range: 'bytes=1-2', 'if-range': version } }))
        .status;
    expect(await statusFor(etag)).toBe(206);
    expect(await statusFor('"another"')).toBe(200);
  });
});

describe('a deleted file', () => {
  it('is gone until it is restored', async () => {
    const { client } = await server.signIn();
    const { body } = await client.upload('/files', 'kept', 'kept.txt');
    expect((await client.call('DELETE', `/files/${body.id}`)).status).toBe(204);
    expect((await client.get(`/files/${body.id}/content`)).status).toBe(404);
    expect((await client.get('/files')).body.total).toBe(0);
    expect((await client.get('/files?deleted=true')).body.items).toMatchObject([{ id: body.id }]);
    expect((await client.post(`/files/${body.id}/restore`)).status).toBe(200);
    expect((await client.get(`/files/${body.id}/content`)).body).toBe('kept');
  });

  it('takes the document that was made of it out of its project, and comes back with that', async () => {
    const { client, path } = await server.signIn();
    const { body } = await client.upload(path, 'the words of a document', 'paper.txt');
    await server.world.queue.runAll();
    const { items } = (await client.get(path)).body;
    const fileId = (await fileOf(body.id)) ?? '';
    expect((await client.get('/files')).body.total).toBe(0);
    expect((await client.call('DELETE', `/files/${fileId}`)).status).toBe(204);
    expect((await client.get(path)).body.total).toBe(0);
    expect((await client.post(`${path}/${body.id}/restore`)).body).toMatchObject({
      id: items[0].id,
      status: 'ready',
    });
    expect((await client.get(`/files/${fileId}/content`)).body).toBe('the words of a document');
  });
});

function formOf(order: string): FormData {
  const form = new FormData();
  if (order === 'before') form.set('purpose', 'evals');
  form.set('file', new File(['text'], 'note.txt'));
  if (order === 'after') form.set('purpose', 'evals');
  return form;
}

async function storeDigits(): Promise<{ client: Client; path: string }> {
  const { client } = await server.signIn();
  const { body } = await client.upload('/files', '0123456789', 'digits.txt');
  return { client, path: `/files/${body.id}/content` };
}

async function fileOf(documentId: string): Promise<string | undefined> {
  const row = await test.database
    .forSystem()
    .selectFrom('documents')
    .select('file_id')
    .where('id', '=', documentId)
    .executeTakeFirst();
  return row?.file_id;
}

async function countBlobs(): Promise<number> {
  return (await Array.fromAsync(server.world.storage.list())).length;
}
