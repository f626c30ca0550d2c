import type { DocumentId } from '#shared/ids';
import type { AttributeFilter } from './attribute-filter.ts';

/** Which documents a search looks at. */
export type RetrievalFilter = {
  readonly documentIds?: readonly DocumentId[] | undefined;
  readonly mimeType?: string | undefined;
  readonly attributes?: AttributeFilter | undefined;
};

/** Whether it leaves anything out. */
export function isNarrow({ documentIds, mimeType, attributes }: RetrievalFilter): boolean {
  return (documentIds ?? mimeType ?? attributes) !== undefined;
}
