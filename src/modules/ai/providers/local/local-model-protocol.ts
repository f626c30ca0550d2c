/** What the thread of local models is asked; one reply each, by its number. */
export type LocalModelRequest = { readonly number: number } & (
  | { readonly kind: 'embed'; readonly model: string; readonly texts: readonly string[] }
  | {
      readonly kind: 'score';
      readonly model: string;
      readonly query: string;
      readonly texts: readonly string[];
    }
);

export type LocalModelReply = { readonly number: number } & (
  | { readonly kind: 'vectors'; readonly vectors: readonly (readonly number[])[] }
  | { readonly kind: 'scores'; readonly scores: readonly number[] }
  | { readonly kind: 'failed'; readonly reason: LocalModelFailure; readonly cause: string }
);

export type LocalModelFailure = 'not_installed' | 'not_loaded' | 'not_run';
