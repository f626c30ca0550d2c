import type { QuotablePassage } from './extract-citations.ts';

/** A passage as retrieval gives it, best first. */
export type RetrievedPassage = QuotablePassage & { readonly score: number };
