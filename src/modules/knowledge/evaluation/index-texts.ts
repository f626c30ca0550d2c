import { hash } from 'node:crypto';
import { payingFor, type Payer } from '#modules/ai';
import type { FileWriter } from '#modules/files';
import { teamScope, type UnitOfWork } from '#platform/db/database';
import {
  newId,
  type ChunkId,
  type DocumentId,
  type FileId,
  type ProjectId,
  type TeamId,
  type UserId,
} from '#shared/ids';
import type { DocumentsRepository } from '../documents/documents.repository.ts';
import { createBatchBuilder, type DraftBatch } from '../ingestion/chunk-batches.ts';
import type { IndexingWritesRepository } from '../ingestion/indexing-writes.repository.ts';
import type { IndexingsRepository, RunOfIndexing } from '../ingestion/indexings.repository.ts';
import type { IngestionsRepository } from '../ingestion/ingestions.repository.ts';
import { PLAIN_TEXT } from '../parsing/document-mime-type.ts';
import type { ParsedBlock } from '../parsing/parsed-document.ts';
import type { ChunkDraft } from '../splitting/chunk-draft.ts';
import type { TermExtractor } from '../terms/terms.ts';
import type { Vectors } from '../vectors/vector-store.ts';
import type { CollectionText } from './read-collection.ts';

export type ScratchProject = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly ownerId: UserId;
};

type Repositories = {
  documents: Pick<DocumentsRepository, 'insert'>;
  ingestions: Pick<IngestionsRepository, 'finish'>;
  indexings: Pick<IndexingsRepository, 'publish'>;
  writes: Pick<IndexingWritesRepository, 'claim' | 'append'>;
  files: Pick<FileWriter, 'insert'>;
};

export type TextIndexerDependencies = {
  readonly unitOfWork: UnitOfWork<Repositories>;
  readonly split: (blocks: AsyncIterable<ParsedBlock>) => AsyncIterable<ChunkDraft>;
  readonly extractTerms: TermExtractor;
  readonly vectors: Vectors | undefined;
  /** Of an index that the settings in force make. */
  readonly fingerprint: string;
};

/** Makes texts searchable as an ingestion does, but without files to store and to parse. */
export function createTextIndexer(dependencies: TextIndexerDependencies) {
  const { unitOfWork, split, extractTerms, fingerprint } = dependencies;
  const { embedder, store } = dependencies.vectors ?? {};

  async function collect({ title, text }: CollectionText): Promise<readonly DraftBatch[]> {
    const builder = createBatchBuilder({ title, extractTerms });
    const batches: DraftBatch[] = [];
    for await (const draft of split(blocksOf(text.trim() === '' ? title : text))) {
      builder.add(draft);
      if (builder.isFull()) batches.push(builder.take());
    }
    if (!builder.isEmpty()) batches.push(builder.take());
    return batches;
  }

  async function embed(batch: DraftBatch, payer: Payer, signal: AbortSignal) {
    const contents = batch.drafts.map(({ content }) => content);
    const embeddings = embedder && (await payingFor(payer, () => embedder.embed(contents, signal)));
    const chunks = batch.drafts.map((draft) => ({ ...draft, id: newId<ChunkId>() }));
    const vectors = chunks.flatMap(({ id }, place) => {
      const embedding = embeddings?.vectors[place];
      return embedding ? [{ id, embedding }] : [];
    });
    return { ...batch, chunks, vectors };
  }

  return {
    /** The row that all documents of a collection name as their file; it has no content. */
    async addFile({ teamId, ownerId }: ScratchProject): Promise<FileId> {
      const id = newId<FileId>();
      const described = { name: 'collection', mimeType: PLAIN_TEXT, bytes: 0, sha256: sha256(id) };
      const stored = { storageProvider: 'none', storageKey: id, purpose: null, expiresAt: null };
      await unitOfWork.run(teamScope(teamId), ({ files }) =>
        files.insert({ id, teamId, ownerId, ...described, ...stored }),
      );
      return id;
    },

    async index(
      text: CollectionText,
      { teamId, projectId, fileId }: ScratchProject & { readonly fileId: FileId },
      signal: AbortSignal,
    ): Promise<{ readonly id: DocumentId; readonly passages: number }> {
      const id = newId<DocumentId>();
      const owner = { teamId, projectId, documentId: id };
      const batches: Awaited<ReturnType<typeof embed>>[] = [];
      for (const batch of await collect(text))
        batches.push(await embed(batch, { teamId, projectId, userId: null }, signal));
      const scope = teamScope(teamId);
      const indexing = await unitOfWork.run(scope, async (bound) => {
        const described = { title: text.title || text.id, mimeType: PLAIN_TEXT };
        const sized = { bytes: text.text.length, sha256: sha256(id) };
        await bound.documents.insert({ id, teamId, projectId, fileId, ...described, ...sized });
        const claimed = await bound.writes.claim({
          ...owner,
          fingerprint,
          leaseSeconds: LEASE_SECONDS,
        });
        for (const batch of batches)
          await bound.writes.append({ ...owner, ...batch, indexing: claimed });
        if (!store) await publish(bound, { id, indexing: claimed });
        return claimed;
      });
      for (const { vectors } of batches)
        await store?.write({ ...owner, indexing }, vectors, signal);
      if (store) await unitOfWork.run(scope, (bound) => publish(bound, { id, indexing }));
      const passages = batches.reduce((sum, { chunks }) => sum + chunks.length, 0);
      return { id, passages };
    },
  };
}

/** A text of a collection takes moments, and no other run knows of it. */
const LEASE_SECONDS = 60;

async function publish(
  { indexings, ingestions }: Pick<Repositories, 'indexings' | 'ingestions'>,
  { id, indexing }: { readonly id: DocumentId; readonly indexing: RunOfIndexing },
): Promise<void> {
  const published = await indexings.publish(indexing, id);
  if (published) await ingestions.finish(id, published);
}

async function* blocksOf(text: string): AsyncGenerator<ParsedBlock> {
  let startOffset = 0;
  for (const paragraph of text.split(/(?<=\n\s*\n)/)) {
    yield { kind: 'text', text: paragraph, startOffset, page: null, headingPath: [] };
    startOffset += paragraph.length;
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
