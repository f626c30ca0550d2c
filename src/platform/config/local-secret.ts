import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 48;
const OWNER_ONLY = 0o600;

export type LocalSecretName = 'jwt-secret' | 'encryption-key';

/** A random secret of a development folder; made once, so that a restart signs nobody out and loses nothing. */
export function readOrCreateLocalSecret(dataDirectory: string, name: LocalSecretName): string {
  const path = join(dataDirectory, name);
  return readSecret(path) ?? createSecret(dataDirectory, path);
}

function createSecret(dataDirectory: string, path: string): string {
  mkdirSync(dataDirectory, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, randomBytes(SECRET_BYTES).toString('base64url'), { mode: OWNER_ONLY });
  try {
    // A link appears whole and only once: two processes that start together end with one secret.
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
