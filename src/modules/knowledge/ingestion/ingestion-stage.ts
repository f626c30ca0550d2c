/** What an ingestion goes through, in this order; without an embedder there is nothing to embed. */
export const INGESTION_STAGES = ['fetch', 'parse', 'split', 'embed', 'index'] as const;

export type IngestionStage = (typeof INGESTION_STAGES)[number];
