import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId, type TeamId } from '#shared/ids';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { compileOnce } from './compile-once.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

type NewTeam = { readonly id: TeamId; readonly name: string };

it('runs one compiled query with the values and the scope of each run', async () => {
  let builds = 0;
  const insertTeam = compileOnce<NewTeam, unknown>((queries, valueOf) => {
    builds += 1;
    return queries.insertInto('teams').values({ id: valueOf('id'), name: valueOf('name') });
  });
  const findTeam = compileOnce<Pick<NewTeam, 'id'>, { name: string }>((queries, valueOf) =>
    queries.selectFrom('teams').select('name').where('id', '=', valueOf('id')).limit(1),
  );
  const [one, other] = [newId<TeamId>(), newId<TeamId>()];
  await insertTeam(test.database.forTeam(one), { id: one, name: 'one' });
  await insertTeam(test.database.forTeam(other), { id: other, name: 'other' });

  expect(builds).toBe(1);
  expect(await findTeam(test.database.forTeam(one), { id: one })).toEqual([{ name: 'one' }]);
  expect(await findTeam(test.database.forTeam(other), { id: other })).toEqual([{ name: 'other' }]);
  expect(await findTeam(test.database.forTeam(one), { id: other })).toEqual([]);
});
