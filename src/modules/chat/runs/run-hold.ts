/** Who holds a run: what is written under a former number is refused. */
export type RunHold = { readonly attempts: number };
