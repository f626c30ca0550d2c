import { sql, type RawBuilder } from 'kysely';
import type { ProjectId } from '#shared/ids';
import { isVisible, matches } from './chunk-conditions.sql.ts';
import type { PassageCount } from './passage-counts.ts';
import type { RetrievalFilter } from './retrieval-filter.ts';

export type LexicalRanking = {
  readonly projectId: ProjectId;
  /** Terms of the question, each once, with how often it stands there. */
  readonly terms: readonly string[];
  readonly frequencies: readonly number[];
  /** For each term what an earlier search counted; it is counted again where the project has changed since. */
  readonly counted: readonly (PassageCount | undefined)[];
  readonly filter: RetrievalFilter;
  readonly limit: number;
};

/** A posting costs so much less to read in passing than to look up by its chunk. */
const SCANNED_PER_LOOKUP = 8;
/** Of the weight that about the last of the result will have, what is reckoned with before anything is read. */
const EXPECTED_SHARE = 0.7;
/** Sums in another order differ in their last digits; a chunk has the same score in whatever way it was found. */
const SCORE_SCALE = 1e11;

/**
 * BM25 with k1 = 1.2 and b = 0.75 (2.2 is k1 + 1, 0.3 is k1 (1 - b), 0.9 is k1 b). The literals are float8,
 * since numeric ones make the same plan five times slower. A filter narrows the result and no count, so that a
 * score does not depend on it.
 *
 * A term gives a chunk less than 2.2 of its weight, so that terms which most chunks have cannot bring a chunk into
 * the result by themselves. Chunks are found by the other terms (`found`); those that could still reach the result
 * (`near`) are looked up in the long lists of the common ones. Where the chunks found are not enough to leave the
 * common terms' own out, or too many to look up, those lists are read whole: the result is exact in each case.
 */
export function bm25(ranking: LexicalRanking): RawBuilder<unknown> {
  const { projectId, terms, frequencies, counted, filter, limit } = ranking;
  const passages = counted.map((count) => count?.passages ?? null);
  const revisions = counted.map((count) => count?.revision ?? null);
  const gives = sql`2.2::float8 * q.weight * t.tf / (t.tf + 0.3::float8 + q.length_factor * t.dl)`;
  const postings = sql`join chunk_terms t on t.project_id = ${projectId} and t.term = q.term
    and ${isVisible('t', projectId)} and ${matches('t', projectId, filter)}`;
  return sql`
    with question as materialized (
      select u.term, d.df, s.revision, 0.9::float8 * s.n / s.total_len as length_factor,
        u.tf * ln(1 + (s.n - d.df + 0.5::float8) / (d.df + 0.5::float8)) as weight
      from unnest(${terms}::text[], ${frequencies}::int[], ${passages}::int[], ${revisions}::bigint[])
        as u (term, tf, passages, revision)
      join project_stats s on s.project_id = ${projectId}
      cross join lateral (
        select case when u.revision = s.revision then u.passages else (
          select count(*) from chunk_terms t
          where t.project_id = ${projectId} and t.term = u.term and ${isVisible('t', projectId)}) end as df
        offset 0) d
      where d.df > 0),
    ordered as materialized (
      select q.*, sum(2.2::float8 * q.weight) over (order by q.df desc, q.term) as most,
        sum(q.df) over (order by q.df, q.term desc) as postings
      from question q),
    rare as materialized (
      select o.* from ordered o where coalesce(o.most >= ${sql.lit(EXPECTED_SHARE)}::float8 * (
        select e.weight from ordered e where e.postings >= 2 * ${sql.lit(limit)} order by e.postings limit 1), true)),
    common as materialized (
      select o.* from ordered o where o.term not in (select r.term from rare r)),
    found as materialized (
      select t.chunk_id, sum(${gives}) as score from rare q ${postings} group by t.chunk_id),
    bar as materialized (
      select (select f.score from found f order by f.score desc offset ${sql.lit(limit)} - 1 limit 1) as reached,
        coalesce(max(c.most), 0) as most, count(*) as terms, coalesce(sum(c.df), 0) as postings
      from common c),
    near as materialized (
      select f.* from found f, bar b where coalesce(f.score + b.most >= b.reached - 1e-9::float8, true)),
    plan as materialized (
      select b.reached > b.most
        and (select count(*) from near) * b.terms * ${sql.lit(SCANNED_PER_LOOKUP)}::int < b.postings as looks_up
      from bar b),
    scored as (
      select n.chunk_id, n.score from near n
      union all
      select n.chunk_id, t.score from near n cross join common q
      cross join lateral (
        select ${gives} as score from chunk_terms t
        where t.project_id = ${projectId} and t.term = q.term and t.chunk_id = n.chunk_id offset 0) t
      where (select p.looks_up from plan p)
      union all
      select t.chunk_id, ${gives} as score from common q ${postings}
      where not coalesce((select p.looks_up from plan p), false)),
    ranked as (
      select s.chunk_id, round(sum(s.score) * ${sql.lit(SCORE_SCALE)}::float8) / ${sql.lit(SCORE_SCALE)}::float8 as score
      from scored s group by s.chunk_id order by score desc, s.chunk_id limit ${sql.lit(limit)})
    select r.chunk_id as "chunkId", r.score,
      case when row_number() over (order by r.score desc, r.chunk_id) = 1
        then (select json_object_agg(term, json_build_object('weight', weight, 'passages', df, 'revision', revision))
          from question) end as terms
    from ranked r order by r.score desc, r.chunk_id
  `;
}
