/** Where a provider is called, and as whom. */
export type Connection = {
  readonly apiKey: string | undefined;
  /** The provider's own where it is not said. */
  readonly baseUrl: string | undefined;
  /** Set where somebody else chose the address: it reaches public hosts only. */
  readonly fetch?: typeof globalThis.fetch;
};
