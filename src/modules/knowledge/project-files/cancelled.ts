/** Why a document failed whose ingestion was called off. */
export const CANCELLED = 'cancelled';
