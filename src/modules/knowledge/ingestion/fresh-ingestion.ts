/** What an ingestion that is asked for anew forgets of the one before. */
export const FRESH_INGESTION = {
  status: 'pending',
  attempts: 0,
  stage: null,
  retry_at: null,
  progress: 0,
  error: null,
  error_reason: null,
  reindex_asked_at: null,
} as const;
