import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#platform/db/database';
import type { DatabaseEngine } from '#platform/db/engine';

/** Vectors of one length, made by one model: what an approximate index holds. */
export type VectorKind = { readonly model: string; readonly dimensions: number };

/** What can build an index beside the service's own role. */
export type IndexedDatabase = Database & Pick<DatabaseEngine, 'isEmbedded' | 'runAsOwner'>;

export type VectorIndexesRepository = ReturnType<typeof createVectorIndexesRepository>;

/** The approximate indexes over the vectors of all projects. */
export function createVectorIndexesRepository(database: IndexedDatabase) {
  return {
    isOnServer: !database.isEmbedded,

    async exists(kind: VectorKind): Promise<boolean> {
      const { rows } = await sql<{ isValid: boolean }>`
        select indisvalid as "isValid" from pg_index where indexrelid = to_regclass(${nameOf(kind)})
      `.execute(database.unscoped());
      return rows[0]?.isValid ?? false;
    },

    /** Passages of the project that has most. */
    async countLargestProject(): Promise<number> {
      const { rows } = await sql<{ passages: number | null }>`
        select max(n) as passages from project_stats`.execute(database.forSystem());
      return rows[0]?.passages ?? 0;
    },

    /** Takes minutes for many vectors; passages can be written meanwhile. */
    async create(kind: VectorKind): Promise<void> {
      const { model, dimensions } = kind;
      const type = `halfvec(${Math.trunc(dimensions)})`;
      await database.runAsOwner(async (client) => {
        await client.query(`set statement_timeout = 0`);
        // What a build that was cut short leaves is of no use.
        await client.query(`drop index concurrently if exists ${nameOf(kind)}`);
        await client.query(`
          create index concurrently ${nameOf(kind)} on chunks
          using hnsw ((embedding::${type}) halfvec_cosine_ops)
          where embedding_model = ${client.escapeLiteral(model)}
            and vector_dims(embedding) = ${Math.trunc(dimensions)}`);
      });
    },
  };
}

function nameOf({ model, dimensions }: VectorKind): string {
  const digest = hash('sha256', `${model}\n${dimensions}`, 'hex');
  return `chunks_embedding_${digest.slice(0, 16)}_idx`;
}
