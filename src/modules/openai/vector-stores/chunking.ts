import { invalid } from '#platform/errors/app-error';

/** How the deployment splits every document. */
export type ChunkingSettings = {
  readonly chunkTokens: number;
  readonly chunkOverlapTokens: number;
};

type ChunkingStrategy =
  | { readonly type: 'auto' }
  | {
      readonly type: 'static';
      readonly static: {
        readonly max_chunk_size_tokens: number;
        readonly chunk_overlap_tokens: number;
      };
    };

/** Documents are all split alike, so that another way is refused and not ignored. @throws VALIDATION_ERROR */
export function assertOurChunking(
  strategy: ChunkingStrategy | undefined,
  { chunkTokens, chunkOverlapTokens }: ChunkingSettings,
): void {
  if (strategy?.type !== 'static') return;
  const { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap } = strategy.static;
  if (size === chunkTokens && overlap === chunkOverlapTokens) return;
  const message = `This deployment splits documents into ${chunkTokens} tokens that overlap by ${chunkOverlapTokens}; use "auto"`;
  throw invalid([{ field: 'chunking_strategy', message }], 'chunking.unsupported');
}
