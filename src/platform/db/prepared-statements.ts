import { LRUCache } from 'lru-cache';
import type pg from 'pg';

export type PreparedStatements = {
  /** Notes that a connection is about to use a statement, and names those it has to give up for it. */
  admit(connection: pg.Connection, name: string): readonly string[];
};

/** Bounds how many named statements a connection keeps, since the server holds a plan for each. */
export function createPreparedStatements(maxPerConnection: number): PreparedStatements {
  const byConnection = new WeakMap<pg.Connection, LRUCache<string, true>>();

  return {
    admit(connection, name) {
      const evicted: string[] = [];
      const known = byConnection.get(connection) ?? new LRUCache({ max: maxPerConnection });
      byConnection.set(connection, known);
      if (known.get(name)) return evicted;
      if (known.size === maxPerConnection) {
        const oldest = known.rkeys().next().value;
        if (oldest !== undefined) evicted.push(oldest);
      }
      known.set(name, true);
      return evicted;
    },
  };
}
