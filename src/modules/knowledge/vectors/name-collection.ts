import { hash } from 'node:crypto';
import type { ProjectId } from '#shared/ids';
import type { VectorKind } from './vector-store.ts';

/** As `fingerprintOf` ends it. */
const FINGERPRINT_END = / vectors (?<name>.+ in chroma)\/(?<dimensions>\d+)$/s;

/** The kind of a model's vectors that Chroma keeps: of these the database knows nothing but the name. */
export function kindInChroma({ name, dimensions }: VectorKind): VectorKind {
  return { name: `${name}/${dimensions} in chroma`, dimensions };
}

/** Of the vectors that an index with the fingerprint has in Chroma; undefined where it has none there. */
export function findKindInChroma(fingerprint: string | null): VectorKind | undefined {
  const { name, dimensions } = FINGERPRINT_END.exec(fingerprint ?? '')?.groups ?? {};
  if (name === undefined) return undefined;
  return { name, dimensions: Number(dimensions) };
}

/** A collection for each project and kind of vectors: names of models have signs that names of collections may not. */
export function nameCollection(projectId: ProjectId, { name, dimensions }: VectorKind): string {
  const digest = hash('sha256', `${name}\n${dimensions}`, 'hex');
  return `groundwork-${projectId}-${digest.slice(0, 12)}`;
}
