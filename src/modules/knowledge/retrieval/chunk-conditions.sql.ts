import { sql, type RawBuilder } from 'kysely';
import type { ProjectId } from '#shared/ids';
import type { AttributeFilter, AttributeValue } from './attribute-filter.ts';
import { isNarrow, type RetrievalFilter } from './retrieval-filter.ts';

/** Hidden indexings are few, so the set of them is hashed once a statement and asked for each row. */
export function isVisible(alias: 't' | 'c', projectId: ProjectId): RawBuilder<boolean> {
  return sql`${sql.ref(`${alias}.indexing_id`)} not in (
    select i.id from indexings i where i.project_id = ${projectId} and i.state <> 'live')`;
}

export function matches(
  alias: 't' | 'c',
  projectId: ProjectId,
  filter: RetrievalFilter,
): RawBuilder<boolean> {
  if (!isNarrow(filter)) return sql`true`;
  return sql`${sql.ref(`${alias}.indexing_id`)} in (${matchingIndexings(projectId, filter)})`;
}

/** The ids of the searchable indexings that a filter leaves. */
export function matchingIndexings(
  projectId: ProjectId,
  { documentIds, mimeType, attributes }: RetrievalFilter,
): RawBuilder<{ readonly id: number }> {
  const byDocument = documentIds ? sql`and d.id = any(${documentIds}::uuid[])` : sql``;
  const byType = mimeType === undefined ? sql`` : sql`and d.mime_type = ${mimeType}`;
  const byAttributes = attributes ? sql`and ${hasAttributes(attributes)}` : sql``;
  return sql`select i.id from indexings i join documents d on d.id = i.document_id
    where i.project_id = ${projectId} and i.state = 'live' ${byDocument} ${byType} ${byAttributes}`;
}

const COMPARISONS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

function hasAttributes(filter: AttributeFilter): RawBuilder<boolean> {
  switch (filter.type) {
    case 'and':
      return joined(filter.filters.map(hasAttributes), sql` and `);
    case 'or':
      return joined(filter.filters.map(hasAttributes), sql` or `);
    case 'eq':
      return isEqual(filter.key, filter.value);
    case 'ne':
      return sql`not ${isEqual(filter.key, filter.value)}`;
    case 'in':
      return isOneOf(filter.key, filter.value);
    case 'nin':
      return sql`not ${isOneOf(filter.key, filter.value)}`;
    default:
      return compare(filter.key, COMPARISONS[filter.type], filter.value);
  }
}

function joined(
  conditions: readonly RawBuilder<boolean>[],
  operator: RawBuilder<unknown>,
): RawBuilder<boolean> {
  return sql`(${sql.join(conditions, operator)})`;
}

function isEqual(key: string, value: AttributeValue): RawBuilder<boolean> {
  return sql`(d.attributes @> ${JSON.stringify({ [key]: value })}::jsonb)`;
}

function isOneOf(key: string, values: readonly AttributeValue[]): RawBuilder<boolean> {
  return joined(
    values.map((value) => isEqual(key, value)),
    sql` or `,
  );
}

/** Values of another type than the one given match no comparison. */
function compare(
  key: string,
  operator: RawBuilder<unknown>,
  value: AttributeValue,
): RawBuilder<boolean> {
  const given = sql`${JSON.stringify(value)}::jsonb`;
  return sql`(jsonb_typeof(d.attributes -> ${key}) = jsonb_typeof(${given})
    and d.attributes -> ${key} ${operator} ${given})`;
}
