import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { buildHttpApp } from '#test/http-app';
import { mountRoutes, type App } from './app.ts';
import { buildOpenApiDocument } from './openapi.ts';
import { listQuery, pageOf, text, timestamp, uuid } from './schema-parts.ts';

const Part = z.object({ label: z.string() }).meta({ id: 'OpenApiTestPart' });
const Option = z.object({ size: z.int().default(1) }).meta({ id: 'OpenApiTestOption' });
const Create = z
  .strictObject({ name: text(20), part: Part, option: Option.optional() })
  .meta({ id: 'OpenApiTestCreate' });
const Thing = z
  .object({ id: uuid(), part: Part, option: Option, at: timestamp, gone: z.date().nullable() })
  .meta({ id: 'OpenApiTestThing' });
const Filter = listQuery({ sort: ['created_at', 'name'], default: '-created_at' });
const Unused = z.object({}).meta({ id: 'OpenApiTestUnused' });

function registerThings(app: App): void {
  const make = {
    operationId: 'createThing',
    summary: 'Make a thing',
    tags: ['things'],
    body: Create,
    response: { 201: Thing },
  };
  app.post('/things', { schema: make, config: { access: 'user', isIdempotent: true } }, () => {
    throw new Error('not called');
  });
  const list = {
    operationId: 'listThings',
    querystring: Filter,
    response: { 200: pageOf(Thing).meta({ id: 'OpenApiTestThingList' }) },
  };
  app.get('/things', { schema: list, config: { access: 'public' } }, () => {
    throw new Error('not called');
  });
  const remove = {
    operationId: 'deleteThing',
    params: z.object({ id: uuid() }).meta({ id: 'OpenApiTestParams' }),
    response: { 204: z.void() },
  };
  app.delete('/things/:id', { schema: remove, config: { access: 'admin' } }, () => {
    throw new Error('not called');
  });
  const upload = {
    operationId: 'uploadThing',
    consumes: ['multipart/form-data'],
    response: { 202: Thing },
  };
  app.post('/things/upload', { schema: upload, config: { access: 'user' } }, () => {
    throw new Error('not called');
  });
}

async function buildApp(): Promise<App> {
  const { app } = await buildHttpApp({ settings: { areDocsEnabled: true } });
  mountRoutes(app, { prefix: '/api/v1' }, registerThings);
  onTestFinished(() => app.close());
  return app;
}

async function buildDocument() {
  const document = await buildOpenApiDocument(await buildApp());
  // Through JSON, as clients get it.
  return JSON.parse(JSON.stringify(document));
}

it('names each schema once, and none that nothing refers to', async () => {
  const { components } = await buildDocument();
  expect(Object.keys(components.schemas).filter((name) => name.startsWith('OpenApi'))).toEqual([
    'OpenApiTestCreate',
    'OpenApiTestOption',
    'OpenApiTestOptionInput',
    'OpenApiTestPart',
    'OpenApiTestThing',
    'OpenApiTestThingList',
  ]);
  expect(Unused).toBeDefined();
});

it('refers only to what it describes', async () => {
  const document = await buildDocument();
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, path = ''] of references) {
    const target = path.split('/').reduce((node, name) => node?.[name], document);
    expect({ path, target }).toEqual({ path, target: expect.anything() });
  }
});

it('says of every operation who may call it and how it fails', async () => {
  const { paths } = await buildDocument();
  const { get, post } = paths['/api/v1/things'];
  expect(get.security).toEqual([]);
  expect(post.security).toEqual([{ bearer: [] }, { cookie: [] }, { apiKey: [] }]);
  expect(post.responses.default).toEqual({ $ref: '#/components/responses/Problem' });
  const names = post.parameters.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1));
  expect(names).toEqual(['Prefer', 'TeamId', 'IdempotencyKey']);
  expect(paths['/metrics'].get.security).toEqual([{ bearer: [] }]);
});

it('describes queries, ids, empty answers and uploads as they are', async () => {
  const { paths } = await buildDocument();
  const [page, , sort] = paths['/api/v1/things'].get.parameters;
  expect(page).toMatchObject({
    name: 'page',
    in: 'query',
    schema: { type: 'integer', minimum: 1 },
  });
  expect(sort.schema.enum).toEqual(['created_at', '-created_at', 'name', '-name']);
  const { delete: remove } = paths['/api/v1/things/{id}'];
  expect(remove.parameters[0]).toMatchObject({ name: 'id', in: 'path', required: true });
  expect(remove.responses['204']).not.toHaveProperty('content');
  const { requestBody } = paths['/api/v1/things/upload'].post;
  expect(requestBody.content['multipart/form-data'].schema.required).toEqual(['file']);
});

it('has an operationId of its own for every operation', async () => {
  const { paths } = await buildDocument();
  const operations = Object.values<Record<string, { operationId: string }>>(paths).flatMap((path) =>
    Object.values(path),
  );
  const ids = operations.map(({ operationId }) => operationId);
  expect(ids.every(Boolean)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

it('refuses two operations of one name', async () => {
  const app = await buildApp();
  const options = { schema: { operationId: 'getHealth' }, config: { access: 'public' } } as const;
  expect(() => app.get('/other', options, () => 'x')).toThrow('are both "getHealth"');
});

it('serves the document and a page that loads nothing from elsewhere', async () => {
  const app = await buildApp();
  const document = await app.inject('/openapi.json');
  expect(document.json().openapi).toBe('3.1.0');
  const page = await app.inject('/docs/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.body).not.toMatch(/(src|href)="https?:/);
  const script = /src="(?:\.\/)?(?:docs\/)?(static\/swagger-ui-bundle\.js)"/.exec(page.body)?.[1];
  expect((await app.inject(`/docs/${script}`)).statusCode).toBe(200);
});

it('serves neither where the page is closed', async () => {
  const { app } = await buildHttpApp();
  onTestFinished(() => app.close());
  expect((await app.inject('/docs')).statusCode).toBe(404);
  expect((await app.inject('/openapi.json')).statusCode).toBe(404);
});
