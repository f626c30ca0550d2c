import { posix } from 'node:path';
import type { ParseLimits } from '../parse-limits.ts';
import type { Archive } from './archive.ts';
import { readXml } from './xml-reader.ts';

export type OfficeRelations = {
  /** The part's path by the id that another part calls it by. */
  readonly byId: ReadonlyMap<string, string>;
  /** The first part's path by the last word of its type, such as `styles`. */
  readonly byType: ReadonlyMap<string, string>;
};

/** Which parts of the archive a part of an office document refers to; what lies outside is left out. */
export async function readOfficeRelations(
  archive: Archive,
  part: string,
  limits: ParseLimits,
): Promise<OfficeRelations> {
  const byId = new Map<string, string>();
  const byType = new Map<string, string>();
  const folder = posix.dirname(part);
  const relations = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  const handler = {
    open(name: string, attributes: Readonly<Record<string, string>>): void {
      const { Id: id, Type: type, Target: target, TargetMode: mode } = attributes;
      if (name !== 'Relationship' || !id || !target || mode === 'External') return;
      const path = target.startsWith('/') ? target.slice(1) : posix.join(folder, target);
      byId.set(id, path);
      const kind = type?.split('/').at(-1) ?? '';
      if (!byType.has(kind)) byType.set(kind, path);
    },
  };
  await readXml(archive.read(relations), handler, limits);
  return { byId, byType };
}

/** The part in which an office document begins. */
export async function findMainPart(
  archive: Archive,
  usual: string,
  limits: ParseLimits,
): Promise<string> {
  if (archive.has(usual)) return usual;
  const { byType } = await readOfficeRelations(archive, '', limits);
  return byType.get('officeDocument') ?? usual;
}
