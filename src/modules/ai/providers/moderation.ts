/** Asks the provider whether texts break its rules of use, one result a text, in order. */
export type Moderate = (input: ModerationInput, signal: AbortSignal) => Promise<Moderations>;

export type ModerationInput = {
  /** The provider's own choice where it is not given. */
  readonly model?: string;
  readonly texts: readonly string[];
};

export type Moderations = { readonly model: string; readonly results: readonly Moderation[] };

export type Moderation = {
  readonly isFlagged: boolean;
  readonly categories: Readonly<Record<string, boolean>>;
  /** From zero to one, for each of the categories. */
  readonly scores: Readonly<Record<string, number>>;
};
