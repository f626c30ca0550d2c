import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
} from 'kysely';
import type pg from 'pg';
import { oneByOne } from './queries.ts';

/** A query builder on one connection with the owner's rights, for the migrations: no scope, no prepared statements. */
export function createOwnerQueries(client: pg.ClientBase): Kysely<unknown> {
  const connection = oneByOne(async ({ sql, parameters }) => {
    // Several statements in one text can only be sent without parameters.
    const result = parameters.length > 0 ? client.query(sql, [...parameters]) : client.query(sql);
    return { rows: (await result).rows };
  });
  return new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new OwnerDriver(client, connection),
      createIntrospector: (queries) => new PostgresIntrospector(queries),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

class OwnerDriver extends DummyDriver {
  readonly #client: pg.ClientBase;
  readonly #connection: DatabaseConnection;

  constructor(client: pg.ClientBase, connection: DatabaseConnection) {
    super();
    this.#client = client;
    this.#connection = connection;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  override async beginTransaction(): Promise<void> {
    await this.#client.query('begin');
  }

  override async commitTransaction(): Promise<void> {
    await this.#client.query('commit');
  }

  override async rollbackTransaction(): Promise<void> {
    await this.#client.query('rollback');
  }
}
