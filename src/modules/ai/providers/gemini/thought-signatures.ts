import { LRUCache } from 'lru-cache';

/** Remembers what a model signed with a call of a tool, since it wants to see that again with the result. */
export type ThoughtSignatures = {
  remember(callId: string, signature: string): void;
  /** What is sent with a call, if anything is. */
  find(callId: string): string | undefined;
};

const MAX_SIGNATURES = 10_000;
// Documented by Google for calls that the model did not make, or whose signature is lost.
const NO_SIGNATURE = 'skip_thought_signature_validator';
// These sign nothing.
const WITHOUT_SIGNATURES = /gemini-[12]\b/;

export function createThoughtSignatures(model: string): ThoughtSignatures {
  const signatures = new LRUCache<string, string>({ max: MAX_SIGNATURES });
  const fallback = WITHOUT_SIGNATURES.test(model) ? undefined : NO_SIGNATURE;
  return {
    remember: (callId, signature) => void signatures.set(callId, signature),
    find: (callId) => signatures.get(callId) ?? fallback,
  };
}
