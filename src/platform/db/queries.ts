import {
  DefaultQueryExecutor,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
} from 'kysely';
import type { Queries } from './database.ts';
import type { DB } from './schema.generated.ts';

export type RunOnConnection = <T>(
  work: (connection: DatabaseConnection) => Promise<T>,
) => Promise<T>;

const adapter = new PostgresAdapter();
const compiler = new PostgresQueryCompiler();

/** A driver of Kysely's would open transactions that our scopes know nothing of. */
class ScopedDriver extends DummyDriver {
  override async beginTransaction(): Promise<void> {
    throw new Error('Open transactions by database.transaction, which sets their scope');
  }
}

const dialect: Dialect = {
  createAdapter: () => adapter,
  createDriver: () => new ScopedDriver(),
  createIntrospector: (queries) => new PostgresIntrospector(queries),
  createQueryCompiler: () => compiler,
};

const config = { dialect };
const driver = dialect.createDriver();

/** A query builder whose statements run where `runOnConnection` says. */
export function createQueries(runOnConnection: RunOnConnection): Queries {
  const executor = new DefaultQueryExecutor(compiler, adapter, {
    provideConnection: runOnConnection,
  });
  return new Kysely<DB>({ config, driver, executor, dialect });
}

/** A connection of Kysely's from a way to run one statement. */
export function oneByOne(executeQuery: DatabaseConnection['executeQuery']): DatabaseConnection {
  return {
    executeQuery,
    streamQuery() {
      throw new Error('Read long results by pages: a stream would hold its connection');
    },
  };
}
