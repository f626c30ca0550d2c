import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInAdmin } from '#test/admins';
import type { Client, Json } from '#test/client';
import {
  bodyWith,
  invalidStatus,
  listFields,
  listOperations,
  pathWith,
  refusedFields,
  type BodyField,
  type Operation,
} from '#test/openapi-operations';
import { startTestService, type TestService } from '#test/service';

/** As they stand in JSON: what PostgreSQL cannot store, or would store as something else. */
const UNSTORABLE = {
  'a NUL': String.raw`"a\u0000b"`,
  'the first half of a surrogate pair': String.raw`"a\ud800b"`,
  'the second half of a surrogate pair': String.raw`"a\udc00b"`,
};
const UNUSABLE_NUMBERS = [
  '1e400',
  '-1e400',
  '"NaN"',
  '9007199254740993',
  '99999999999999999999',
  '-0',
];
const PLACEHOLDER = '"__VALUE__"';

let test: TestService;
let client: Client;
let operations: readonly Operation[];

beforeAll(async () => {
  test = await startTestService();
  // Whom every route lets in.
  client = (await signInAdmin(test)).client;
  operations = await listOperations(test.baseUrl);
});
afterAll(() => test.close());

describe('each text field of each JSON body', () => {
  it.each(Object.entries(UNSTORABLE))('is refused with %s, by its name', async (_what, value) => {
    const fields = fieldsOf('string');
    for (const { operation, field } of fields) {
      const { status, body } = await send(operation, field, value);
      const name = field.path.join('.');
      const place = `${operation.operationId} ${name}`;
      expect.soft(status, place).toBe(invalidStatus(operation));
      expect.soft(refusedFields(body).some(isAt(name)), place).toBe(true);
    }
    expect(fields.length).toBeGreaterThan(15);
    process.stdout.write(`${fields.length} text fields of JSON bodies are tried\n`);
  });

  it('is refused with bytes that are not UTF-8', async () => {
    for (const { operation, field } of fieldsOf('string')) {
      const [before = '', after = ''] = textWith(field, PLACEHOLDER).split(PLACEHOLDER);
      const invalid = Buffer.from([0x22, 0x61, 0xc3, 0x28, 0x22]);
      const body = Buffer.concat([Buffer.from(before), invalid, Buffer.from(after)]);
      const response = await sendBytes(operation, body);
      const place = `${operation.operationId} ${field.path.join('.')}`;
      expect.soft(response.status, place).toBe(400);
    }
  });
});

describe('each number of each JSON body', () => {
  it.each(UNUSABLE_NUMBERS)('is refused as %s, by its name', async (value) => {
    for (const { operation, field } of [...fieldsOf('number'), ...fieldsOf('integer')]) {
      if (value.startsWith('"') && mayBeText(operation, field)) continue;
      const { status, body } = await send(operation, field, value);
      const name = field.path.join('.');
      const place = `${operation.operationId} ${name}`;
      expect.soft(status, place).toBe(invalidStatus(operation));
      expect.soft(refusedFields(body).some(isAt(name)), place).toBe(true);
    }
  });
});

describe('each query parameter', () => {
  it.each(['%00', '%ED%A0%80', '%C3%28', '1e400', '-1', '99999999999999999999', '', 'a&', '%27--'])(
    'as %j is never the cause of a failure',
    async (value) => {
      for (const operation of operations) {
        for (const { name } of operation.parameters.filter((found) => found.in === 'query')) {
          const path = withIds(operation.path, randomUUID());
          const response = await client.request(operation.method, `${path}?${name}=${value}`);
          expect.soft(response.status, `${operation.operationId} ${name}`).toBeLessThan(500);
          await response.body?.cancel();
        }
      }
    },
  );
});

describe('each id of a path', () => {
  it.each(['%00', '%ED%A0%80', '%C3%28', '..%2F..', '0', 'null', '{}', 'A'.repeat(513)])(
    'as %.9s is refused, and finds nothing',
    async (value) => {
      for (const operation of operations.filter(({ path }) => path.includes('{'))) {
        const response = await client.request(operation.method, withIds(operation.path, value));
        expect.soft([400, 404, 414, 422], operation.operationId).toContain(response.status);
        await response.body?.cancel();
      }
    },
  );
});

describe('a name of a file', () => {
  it.each([
    ['a NUL', 'a\u0000b.txt'],
    ['a way out of its folder', '../../etc/passwd.txt'],
    ['a path of another system', String.raw`C:\temp\evil.txt`],
    ['a carriage return', 'a\rb.txt'],
    ['a change of the direction of writing', 'a\u202Etxt.exe'],
    ['nothing but dots', '..'],
    ['a thousand characters', 'n'.repeat(1000)],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xc3, 0x28])],
  ])('with %s is taken without it, or refused', async (_what, name) => {
    const { id } = (await client.post('/projects', { name: 'Names' })).body;
    const response = await client.request('POST', `/projects/${id}/documents`, {
      headers: { 'content-type': 'multipart/form-data; boundary=cut' },
      body: formWithFile(name),
    });
    expect([202, 400, 422]).toContain(response.status);
    const { items } = (await client.get(`/projects/${id}/documents`)).body;
    const titles: string[] = items.map(({ title }: Json) => title);
    expect(titles).toHaveLength(response.status === 202 ? 1 : 0);
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(titles.join('')).not.toMatch(/[\u0000-\u001f\u202a-\u202e/\\]|^\.+$|.{256}/);
  });
});

function fieldsOf(type: string) {
  return operations.flatMap((operation) =>
    listFields(operation.body)
      .filter((field) => field.type === type)
      .map((field) => ({ operation, field })),
  );
}

function mayBeText(operation: Operation, { path }: BodyField): boolean {
  return fieldsOf('string').some(
    (text) => text.operation === operation && text.field.path.join('.') === path.join('.'),
  );
}

async function send(operation: Operation, field: BodyField, value: string) {
  const response = await sendBytes(operation, textWith(field, value));
  const body: Json = JSON.parse((await response.text()) || '{}');
  return { status: response.status, body };
}

function sendBytes(
  operation: Operation,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const path = pathWith(operation, randomUUID());
  return client.request(operation.method, path, { headers, body });
}

/** The JSON text of a body with `value`, which is JSON itself, at `path`. */
function textWith(field: BodyField, value: string): string {
  return JSON.stringify(bodyWith(field, '__VALUE__')).replace(PLACEHOLDER, value);
}

function withIds(path: string, id: string): string {
  return path.replaceAll(/\{\w+\}/g, id);
}

function formWithFile(name: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const before = '--cut\r\ncontent-disposition: form-data; name="file"; filename="';
  const after = '"\r\n\r\nplain text\r\n--cut--\r\n';
  return Buffer.concat([Buffer.from(before), Buffer.from(name), Buffer.from(after)]);
}

/** By its own name, or by that of the value with several shapes that it is a part of. */
function isAt(name: string) {
  return (refused: string): boolean => name === refused || name.startsWith(`${refused}.`);
}
