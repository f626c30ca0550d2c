import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { buildHttpApp } from '#test/http-app';
import type { BodySpeed } from './body-speed.ts';
import { readUploadedFile, sanitizeFileName } from './multipart.ts';

const MAX_BYTES = 200_000;
const SPEED: BodySpeed = { windowMs: 15_000, minimumBytes: 1 };
const Stored = z.object({ name: z.string(), bytes: z.int(), sha256: z.string() });

/** A server that hashes what is uploaded, and notes how each upload ended. */
async function listen(speed: BodySpeed = SPEED) {
  const built = await buildHttpApp();
  const outcomes: string[] = [];
  let takenBytes = 0;
  const schema = { operationId: 'upload', response: { 201: Stored } };
  built.app.post('/files', { schema, config: { access: 'public' } }, async (request, reply) => {
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const { name, content } = await readUploadedFile(request, { maxBytes: MAX_BYTES, speed });
      await pipeline(content, async (chunks) => {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          takenBytes += chunk.length;
          hash.update(chunk);
        }
      });
      outcomes.push('stored');
      return reply.code(201).send({ name, bytes, sha256: hash.digest('hex') });
    } catch (error) {
      outcomes.push('refused');
      throw error;
    }
  });
  const url = await built.app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => built.app.close());
  return {
    ...built,
    url: `${url}/files`,
    port: Number(new URL(url).port),
    outcomes,
    taken: () => takenBytes,
  };
}

function formOf(bytes: number, name = 'report.pdf'): FormData {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes).fill(7)]), name);
  return form;
}

async function post(
  url: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(url, { method: 'POST', body, headers, duplex: 'half' });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** The same form without a length: it comes in chunks. */
async function postChunked(url: string, form: FormData) {
  const encoded = new Response(form);
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
  if (!encoded.body) throw new Error('A form has a body');
  return post(url, encoded.body, headers);
}

it.each([0, 1, 65_536, MAX_BYTES])('passes on a file of %i bytes as it is', async (bytes) => {
  const { url } = await listen();
  const answer = await post(url, formOf(bytes));
  const sha256 = createHash('sha256').update(new Uint8Array(bytes).fill(7)).digest('hex');
  expect(answer).toEqual({ status: 201, body: { name: 'report.pdf', bytes, sha256 } });
});

it('takes a form in chunks whose bytes look like its boundary', async () => {
  const { url } = await listen();
  const form = new FormData();
  const text = '\r\n--\r\n------WebKitFormBoundary\r\n'.repeat(2000);
  form.append('file', new Blob([text]), 'boundaries.txt');
  const answer = await postChunked(url, form);
  expect(answer.body).toMatchObject({ bytes: text.length });
});

it.each([
  ['by its length', post],
  ['while it comes', postChunked],
])('refuses a file over the limit %s, and does not read on', async (_when, send) => {
  const { url, outcomes, taken } = await listen();
  const answer = await send(url, formOf(MAX_BYTES * 20));
  expect(answer.status).toBe(413);
  expect(answer.body).toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    details: { max_bytes: MAX_BYTES },
  });
  expect(taken()).toBeLessThanOrEqual(MAX_BYTES);
  expect(outcomes).toEqual(['refused']);
});

it('refuses one byte over the limit', async () => {
  const { url } = await listen();
  expect((await post(url, formOf(MAX_BYTES + 1))).status).toBe(413);
});

it.each<[string, (form: FormData) => void]>([
  ['a field before the file', (form) => form.append('note', 'x')],
  ['a file of another name', (form) => form.append('image', new Blob(['x']), 'x.png')],
])('refuses a form with %s', async (_what, add) => {
  const { url, outcomes } = await listen();
  const form = new FormData();
  add(form);
  form.append('file', new Blob(['x']), 'x.txt');
  const answer = await post(url, form);
  expect(answer.status).toBe(422);
  expect(answer.body.errors).toEqual([{ field: 'file', message: expect.any(String) }]);
  expect(outcomes).toEqual(['refused']);
});

it.each<[string, (form: FormData) => void]>([
  ['a field', (form) => form.append('note', 'x')],
  ['a second file', (form) => form.append('file', new Blob(['y']), 'y.txt')],
])('refuses a form with %s after the file, before the file counts as read', async (_what, add) => {
  const { url, outcomes } = await listen();
  const form = formOf(1000);
  add(form);
  expect((await post(url, form)).status).toBe(422);
  expect(outcomes).toEqual(['refused']);
});

it('refuses a form without a file', async () => {
  const { url } = await listen();
  expect((await post(url, new FormData())).status).toBe(422);
  const text = new FormData();
  text.append('file', 'only a text');
  expect((await post(url, text)).status).toBe(422);
});

it.each([
  ['multipart/form-data', 400],
  ['multipart/mixed; boundary=x', 415],
  ['application/json', 415],
])('refuses a body of type %s by %i', async (type, status) => {
  const { url } = await listen();
  expect((await post(url, '{}', { 'content-type': type })).status).toBe(status);
});

it('refuses a form that ends in the middle', async () => {
  const { url, outcomes } = await listen();
  const type = 'multipart/form-data; boundary=b';
  const text = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf';
  const answer = await post(url, text, { 'content-type': type });
  expect(answer.status).toBe(400);
  expect(outcomes).toEqual(['refused']);
});

it('notices that the client cut the upload', async () => {
  const { app, port, outcomes, logLines } = await listen();
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(
    'POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000\r\n\r\n' +
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
  );
  await once(app.server, 'request');
  socket.destroy();
  await vi.waitFor(() => expect(outcomes).toEqual(['refused']));
  await vi.waitFor(() => expect(logLines.filter(({ status }) => status === 499)).toHaveLength(1));
});

it('gives up on an upload that drips in', async () => {
  const { url, outcomes } = await listen({ windowMs: 50, minimumBytes: 1000 });
  const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
  const body = Readable.toWeb(Readable.from(dripping(head)));
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const answer = await post(url, body, headers);
  expect(answer.status).toBe(408);
  expect(outcomes).toEqual(['refused']);
});

async function* dripping(head: string): AsyncGenerator<Buffer> {
  yield Buffer.from(head);
  for (let count = 0; count < 500; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    yield Buffer.from('.');
  }
}

it.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\me\\report.pdf', 'report.pdf'],
  ['a\0b.txt', 'ab.txt'],
  ['line\r\nbreak.txt', 'linebreak.txt'],
  ['e\u0301.txt', 'é.txt'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['รายงาน.pdf', 'รายงาน.pdf'],
  ['..', ''],
  ['folder/', ''],
  ['x'.repeat(300), 'x'.repeat(255)],
])('makes of the file name %j the name %j', (given, name) => {
  expect(sanitizeFileName(given)).toBe(name);
});
