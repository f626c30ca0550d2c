import type { Readable } from 'node:stream';
import type { FileService } from '#modules/files';
import { invalid } from '#platform/errors/app-error';
import { newId, type ChunkId } from '#shared/ids';
import type { DocumentParser, ParsedBlock } from '../parsing/parsed-document.ts';
import type { ChunkDraft } from '../splitting/chunk-draft.ts';
import type { TermExtractor } from '../terms/terms.ts';
import { createBatchBuilder, type DraftBatch } from './chunk-batches.ts';
import type { IngestionRun } from './ingestion-run.ts';
import type { IngestionStage } from './ingestion-stage.ts';
import { oneAhead } from './one-ahead.ts';
import type { StepTimer } from './step-timer.ts';
import { SupersededError } from './superseded-error.ts';
import { createYielder } from './yielder.ts';

export type WriteTextDependencies = {
  readonly files: Pick<FileService, 'open'>;
  readonly parser: Pick<DocumentParser, 'parse'>;
  readonly split: (blocks: AsyncIterable<ParsedBlock>) => AsyncIterable<ChunkDraft>;
  readonly extractTerms: TermExtractor;
  /** The stage that comes when the text is written, and the share of the way that is then behind. */
  readonly next: { readonly stage: IngestionStage; readonly share: number };
};

/** Fetches, parses and splits a document and writes its chunks and postings, after those that are there already. */
export function createTextWriter({
  files,
  parser,
  split,
  extractTerms,
  next,
}: WriteTextDependencies) {
  /** Says how many chunks the document has. */
  return async function writeText(run: IngestionRun, timer: StepTimer): Promise<number> {
    await run.enter('fetch');
    const { content } = await run.during('fetch', () => files.open(run.teamId, run.fileId));
    try {
      return await writeContent(run, content, timer);
    } finally {
      content.destroy();
    }
  };

  async function writeContent(
    run: IngestionRun,
    content: Readable,
    timer: StepTimer,
  ): Promise<number> {
    const { mimeType, bytes: sizeBytes, signal } = run;
    await run.enter('parse');
    const source = { mimeType, sizeBytes, content: run.eachDuring('fetch', content) };
    const parsed = await timer.time('parse', () =>
      run.during('parse', () => parser.parse(source, signal)),
    );
    const drafts = split(run.eachDuring('parse', parsed.blocks));
    let hasBegun = false;
    for await (const batch of oneAhead(collectBatches(run, drafts, timer))) {
      signal.throwIfAborted();
      if (!hasBegun) await run.enter('split');
      hasBegun = true;
      await timer.time('write', () => append(run, batch));
      run.noteWritten(parsed.progress() * next.share);
    }
    let chunkCount = 0;
    await run.enter(next.stage, async ({ writes }) => {
      const closed = await writes.closeText(run.indexing, parsed.pageCount);
      if (closed?.chunkCount === 0) throw noText();
      chunkCount = closed?.chunkCount ?? 0;
      return closed !== undefined;
    });
    return chunkCount;
  }

  async function* collectBatches(
    { title, indexing }: IngestionRun,
    drafts: AsyncIterable<ChunkDraft>,
    timer: StepTimer,
  ): AsyncIterable<DraftBatch> {
    const builder = createBatchBuilder({ title, extractTerms });
    const giveWay = createYielder();
    for await (const draft of timer.timeEach('parse', drafts)) {
      await giveWay();
      // An earlier run has written it: the same content is split in the same way.
      if (draft.ordinal < indexing.chunkCount) continue;
      await timer.time('terms', () => builder.add(draft));
      if (builder.isFull()) yield builder.take();
    }
    if (!builder.isEmpty()) yield builder.take();
  }

  async function append(run: IngestionRun, { drafts, postings, totalLength }: DraftBatch) {
    const { teamId, projectId, documentId, indexing } = run;
    const chunks = drafts.map((draft) => ({ ...draft, id: newId<ChunkId>() }));
    const batch = { teamId, projectId, documentId, indexing, chunks, postings, totalLength };
    const isWritten = await run.within(({ writes }) => writes.append(batch));
    if (!isWritten) throw new SupersededError();
  }
}

function noText(): Error {
  return invalid([{ field: 'file', message: 'The document has no text' }], 'no_text');
}
