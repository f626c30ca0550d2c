import { sql } from 'kysely';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import { newId } from '#shared/ids';
import type { NewAuditEntry } from '../audit/audit-entry.ts';
import { auditRowOf, type AuditRow } from '../audit/audit-row.ts';
import type { NewAuthSession } from './auth-sessions.repository.ts';
import type { NewRefreshToken } from './refresh-tokens.repository.ts';

export type NewSignIn = {
  readonly session: Omit<NewAuthSession, 'impersonatorId'>;
  /** None for a client that keeps the cookie only. */
  readonly refreshToken?: Omit<NewRefreshToken, 'authSessionId'>;
  readonly entry: NewAuditEntry;
};

type SignInRow = Pick<AuditRow, 'action' | 'target_type' | 'target_id' | 'after' | 'trace_id'> & {
  readonly userId: string;
  readonly sessionId: string;
  readonly userAgent: string | null;
  readonly sessionIp: string | null;
  readonly sessionEnd: string;
  readonly entryId: string;
  readonly entryIp: string | null;
  readonly tokenId: string;
  readonly tokenHash: Buffer | null;
  readonly tokenEnd: string | null;
};

const insertSignIn = compileOnce<SignInRow, unknown>((queries, valueOf) =>
  queries
    .with('session', (query) =>
      query.insertInto('auth_sessions').values({
        id: valueOf('sessionId'),
        user_id: valueOf('userId'),
        user_agent: valueOf('userAgent'),
        ip: valueOf('sessionIp'),
        expires_at: valueOf('sessionEnd'),
      }),
    )
    .with('entry', (query) =>
      query.insertInto('audit_log').values({
        id: valueOf('entryId'),
        actor_id: valueOf('userId'),
        action: valueOf('action'),
        outcome: 'success',
        target_type: valueOf('target_type'),
        target_id: valueOf('target_id'),
        after: valueOf('after'),
        ip: valueOf('entryIp'),
        trace_id: valueOf('trace_id'),
      }),
    )
    .insertInto('refresh_tokens')
    .columns(['id', 'auth_session_id', 'token_hash', 'expires_at'])
    .expression(
      queries
        .selectNoFrom([
          sql<string>`${valueOf('tokenId')}::uuid`.as('id'),
          sql<string>`${valueOf('sessionId')}::uuid`.as('auth_session_id'),
          sql<Buffer>`${valueOf('tokenHash')}::bytea`.as('token_hash'),
          sql<string>`${valueOf('tokenEnd')}::timestamptz`.as('expires_at'),
        ])
        .where(sql<boolean>`${valueOf('tokenHash')}::bytea is not null`),
    ),
);

export type SignInsRepository = ReturnType<typeof createSignInsRepository>;

export function createSignInsRepository(queries: Queries) {
  return {
    /** Session, refresh token and audit entry, all or nothing and in one statement: every sign-in waits for it. */
    async insert({ session, refreshToken, entry }: NewSignIn): Promise<void> {
      const { id: entryId, ip: entryIp, ...audited } = auditRowOf(entry);
      await insertSignIn(queries, {
        ...audited,
        entryId,
        entryIp,
        sessionId: session.id,
        userId: session.userId,
        userAgent: session.userAgent,
        sessionIp: session.ip,
        sessionEnd: session.expiresAt.toISOString(),
        tokenId: newId(),
        tokenHash: refreshToken ? Buffer.from(refreshToken.tokenHash) : null,
        tokenEnd: refreshToken?.expiresAt.toISOString() ?? null,
      });
    },
  };
}
