import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { startKnowledgeServer, type KnowledgeServer } from '#test/knowledge-server';

let test: TestDatabase;
let server: KnowledgeServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await startKnowledgeServer({ database: test.database });
});
afterAll(async () => {
  await server.close();
  await test.close();
});

describe('POST /projects/{id}/search', () => {
  it('answers passages with their document, place and score', async () => {
    const { client, path, tenant } = await server.signIn();
    const { id } = await server.ingest({ client, path }, 'moon.txt', 'The moon is made of rock.');
    const search = `/projects/${tenant.projectId}/search`;
    const { status, body } = await client.post(search, { query: 'moon', top_k: 5, mode: 'hybrid' });
    expect(status).toBe(200);
    expect(body).toEqual({
      mode: 'lexical',
      items: [
        {
          chunk_id: expect.any(String),
          document_id: id,
          document_title: 'moon.txt',
          content: 'The moon is made of rock.',
          score: expect.any(Number),
          page: null,
          start_offset: 0,
          end_offset: 25,
        },
      ],
    });
    const filtered = { query: 'moon', filter: { mime_type: 'text/csv', document_ids: [id] } };
    expect((await client.post(search, filtered)).body.items).toEqual([]);
  });

  it('narrows by attributes of documents before it cuts', async () => {
    const { client, path, tenant } = await server.signIn();
    const ids = [];
    for (const [name, text] of [
      ['a.txt', 'The moon is made of rock.'],
      ['b.txt', 'The moon moves the sea.'],
      ['c.txt', 'Nobody has been on the moon since then.'],
    ] as const)
      ids.push((await server.ingest({ client, path }, name, text)).id);
    const years: Record<string, object> = { 0: { year: 2019 }, 1: { year: 2024, kind: 'sea' } };
    for (const [index, attributes] of Object.entries(years))
      await test.database
        .forTeam(tenant.id)
        .updateTable('documents')
        .set({ attributes: JSON.stringify(attributes) })
        .where('id', '=', ids[Number(index)])
        .execute();
    const found = async (...attributes: object[]) => {
      const body = { query: 'moon', filter: { attributes } };
      const answer = await client.post(`/projects/${tenant.projectId}/search`, body);
      expect(answer.status).toBe(200);
      return answer.body.items.map((item: { document_title: string }) => item.document_title);
    };
    expect(await found({ op: 'eq', key: 'kind', value: 'sea' })).toEqual(['b.txt']);
    expect(await found({ op: 'lt', key: 'year', value: 2024 })).toEqual(['a.txt']);
    const between = [
      { op: 'gte', key: 'year', value: 2019 },
      { op: 'lte', key: 'year', value: 2024 },
    ];
    expect((await found(...between)).toSorted()).toEqual(['a.txt', 'b.txt']);
    expect(await found({ op: 'in', key: 'kind', values: ['lake', 'sea'] })).toEqual(['b.txt']);
    expect((await found({ op: 'nin', key: 'kind', values: ['sea'] })).toSorted()).toEqual([
      'a.txt',
      'c.txt',
    ]);
  });

  it.each([
    [
      'a condition without a value',
      { query: 'a', filter: { attributes: [{ op: 'eq', key: 'x' }] } },
      422,
    ],
    ['too many neighbours', { query: 'a', neighbours: 4 }, 422],
    ['an empty question', { query: '' }, 422],
    ['a question that is too long', { query: 'a'.repeat(4001) }, 422],
    ['a NUL character', { query: 'a\0b' }, 422],
    ['no passages', { query: 'a', top_k: 0 }, 422],
    ['too many passages', { query: 'a', top_k: 51 }, 422],
    ['an id that is none', { query: 'a', filter: { document_ids: ['x'] } }, 422],
    ['a filter it does not know', { query: 'a', filter: { team_id: null } }, 422],
  ])('refuses %s', async (_name, body, status) => {
    const { client, tenant } = await server.signIn();
    const answer = await client.post(`/projects/${tenant.projectId}/search`, body);
    expect(answer.status).toBe(status);
  });

  it('names the setting that vector search needs', async () => {
    const { client, tenant } = await server.signIn();
    const body = { query: 'moon', mode: 'vector' };
    const answer = await client.post(`/projects/${tenant.projectId}/search`, body);
    expect(answer).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
    expect(answer.body.detail).toContain('EMBEDDING_PROVIDER');
  });

  it('answers 404 for another team’s project', async () => {
    const { tenant } = await server.signIn();
    const { client } = await server.signIn();
    const answer = await client.post(`/projects/${tenant.projectId}/search`, { query: 'moon' });
    expect(answer.status).toBe(404);
  });
});
