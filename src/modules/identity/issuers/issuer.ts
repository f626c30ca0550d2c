/** How an issuer's tokens are signed; each algorithm has its own kind of key. */
export type TokenAlgorithm = 'RS256' | 'ES256' | 'HS256';

export type ClaimNames = {
  readonly subject: string;
  readonly email: string;
  readonly emailVerified: string;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
};

/** Somebody else whose tokens sign users in here. */
export type Issuer = {
  readonly issuer: string;
  readonly preset: 'supabase' | 'clerk' | undefined;
  readonly jwksUrl: string | undefined;
  readonly secret: string | undefined;
  readonly audiences: readonly string[] | undefined;
  readonly authorizedParties: readonly string[] | undefined;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly claims: ClaimNames;
};
