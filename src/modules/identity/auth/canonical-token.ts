/** A JOSE library reads Base64 leniently, so that several texts would be the same token. */
export function isCanonicalToken(token: string): boolean {
  return token
    .split('.')
    .every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
