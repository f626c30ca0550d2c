import { z } from 'zod';
import type { SecretBox, SecretPlace } from '#platform/secrets/secret-box';
import type { McpServerRecord } from './mcp-servers.repository.ts';

export type Headers = Readonly<Record<string, string>>;

type Row = Pick<McpServerRecord, 'id' | 'teamId'>;

const SealedHeaders = z.record(z.string(), z.string());

export function sealHeaders(secretBox: SecretBox, row: Row, headers: Headers): string {
  return secretBox.seal(JSON.stringify(headers), placeOf(row));
}

/** @throws SERVICE_UNAVAILABLE where ENCRYPTION_KEY has no key that opens them */
export function openHeaders(
  secretBox: SecretBox,
  server: Row & Pick<McpServerRecord, 'sealedHeaders'>,
): Headers {
  return SealedHeaders.parse(JSON.parse(secretBox.open(server.sealedHeaders, placeOf(server))));
}

/** The one row in which they open. */
function placeOf({ id, teamId }: Row): SecretPlace {
  return { table: 'mcp_servers', teamId, rowId: id };
}
