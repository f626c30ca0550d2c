import 'pg';

// Members of `pg` that its published types leave out. They are what pg-cursor and
// pg-query-stream build on, and the tests of scoped-query fail if one changes.
declare module 'pg' {
  interface Query {
    name?: string;
    readonly _result: { _types: CustomTypesConfig };
    callback?: (error: Error | undefined, result: QueryResult | undefined) => void;
    prepare(connection: Connection): void;
    handleDataRow(message: unknown): void;
    handleCommandComplete(message: unknown, connection: Connection): void;
  }

  interface Connection {
    /** Text of each named statement that the server has parsed on this connection. */
    readonly parsedStatements: Record<string, string>;
  }
}
