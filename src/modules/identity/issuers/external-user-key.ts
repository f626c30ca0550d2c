/** Where the cache keeps whom an issuer means by a subject. */
export function externalUserKey({
  issuer,
  subject,
}: {
  readonly issuer: string;
  readonly subject: string;
}): string {
  return `identity:external:${JSON.stringify([issuer, subject])}`;
}
