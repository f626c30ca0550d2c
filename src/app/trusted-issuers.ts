import type { Config } from '#platform/config/config';

/** The issuers of the settings; a token that names the page it was made for has to name one of ours. */
export function trustedIssuers({ app, auth }: Config) {
  const ownOrigins = [new URL(app.publicUrl).origin, ...app.corsOrigins];
  return (auth.issuers ?? []).map((issuer) => {
    const { authorizedParties: parties } = issuer;
    return { ...issuer, authorizedParties: parties === 'own-origins' ? ownOrigins : parties };
  });
}
