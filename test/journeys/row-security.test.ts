import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queries } from '#platform/db/database';
import { newId, type ProjectId, type TeamId, type UserId } from '#shared/ids';
import { createProjectsRepository } from '../../src/modules/projects/projects.repository.ts';
import { seedPerson, type SeededPerson } from '#test/person-seeds';
import { startTestService, type TestService } from '#test/service';

let test: TestService;
let owner: SeededPerson;
let owned: { projectId: ProjectId; teamId: TeamId };
let strangerTeam: TeamId;
let tables: readonly string[];

beforeAll(async () => {
  test = await startTestService({ EMBEDDING_PROVIDER: 'builtin' });
  owner = await seedPerson(test, `canary${randomUUID().slice(0, 8)}`);
  const stranger = await seedPerson(test, `canary${randomUUID().slice(0, 8)}`);
  owned = await readProject(owner);
  strangerTeam = (await readProject(stranger)).teamId;
  tables = await listTenantTables();
});
afterAll(() => test.close());

describe('the database itself', () => {
  it('holds rows of the owner in the tenant tables, so that what follows means something', async () => {
    const empty = [];
    for (const table of tables)
      if ((await countRows(test.database.forTeam(owned.teamId), table)) === 0) empty.push(table);
    expect(empty).toEqual([]);
    expect(tables.length).toBeGreaterThan(10);
  });

  it('shows no tenant row at all to a statement without a scope', async () => {
    for (const table of tables) {
      expect.soft(await countRows(test.database.unscoped(), table), table).toBe(0);
    }
  });

  it('shows none of the owner to a statement in the scope of another team', async () => {
    for (const table of tables) {
      const column = table === 'teams' ? 'id' : 'team_id';
      const found = await sql<{ n: number }>`
        select count(*)::int as n from ${sql.table(table)} where ${sql.ref(column)} = ${owned.teamId}
      `.execute(test.database.forTeam(strangerTeam));
      expect.soft(found.rows, table).toEqual([{ n: 0 }]);
    }
  });
});

describe.each([
  ['whose scope was removed', () => test.database.unscoped()],
  ['in the scope of another team', () => test.database.forTeam(strangerTeam)],
])('a repository %s', (_name, queriesOf) => {
  const projects = () => createProjectsRepository(queriesOf());

  it('finds nothing of the team, though asked for by its ids', async () => {
    const listing = {
      page: 1,
      pageSize: 100,
      isDeleted: false,
      sort: { column: 'created_at', direction: 'desc' },
    } as const;
    expect(await projects().find(owned.projectId)).toBeUndefined();
    expect(await projects().list(owned.teamId, listing)).toMatchObject({ items: [], total: 0 });
  });

  it('changes and deletes nothing of the team', async () => {
    expect(await projects().update(owned.projectId, { name: 'taken' })).toBeUndefined();
    expect(await projects().markDeleted(owned.projectId)).toBe(false);
    await projects().purge(owned.projectId);
    const { body } = await owner.client.get(`/projects/${owned.projectId}`);
    expect(body.name).toBe(`About ${owner.canary}`);
  });

  it('cannot add to the team', async () => {
    const project = {
      id: newId<ProjectId>(),
      teamId: owned.teamId,
      ownerId: newId<UserId>(),
      name: 'planted',
      description: null,
      metadata: {},
    };
    await expect(projects().insert(project)).rejects.toThrow('row-level security');
  });
});

async function readProject({ client, canary }: SeededPerson) {
  const { body } = await client.get('/projects');
  const project = body.items.find(({ name }: { name: string }) => name === `About ${canary}`);
  return { projectId: project.id, teamId: project.team_id };
}

async function countRows(queries: Queries, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.table(table)}`.execute(queries);
  return rows[0]?.n ?? Number.NaN;
}

async function listTenantTables(): Promise<readonly string[]> {
  const { rows } = await test.database.pool.query<{ name: string }>(
    `select tablename as name from pg_policies where policyname = 'tenant_isolation' order by 1`,
  );
  return rows.map(({ name }) => name);
}
