import { z } from 'zod';
import { listQuery, pageOf, timestamp, uuid } from '#platform/http/schema-parts';
import type { AuthSessionId } from '#shared/ids';
import type { SignedInPlace } from './auth-sessions.service.ts';

export const AuthSessionParams = z.object({ id: uuid<AuthSessionId>() });

export const AuthSessionFilter = listQuery({ sort: ['created_at'], default: '-created_at' });

export const AuthSessionResponse = z
  .object({
    id: uuid<AuthSessionId>(),
    user_agent: z.string().nullable(),
    ip: z.string().nullable().describe('Address at the sign-in'),
    is_current: z.boolean().describe('The session of this request'),
    is_impersonation: z.boolean().describe('An administrator acts in the name of the user'),
    created_at: timestamp.describe('When somebody signed in'),
    last_refreshed_at: timestamp.nullable().describe('When a refresh token was last exchanged'),
    expires_at: timestamp,
  })
  .meta({ id: 'AuthSessionResponse' });

export const AuthSessionListResponse = pageOf(AuthSessionResponse).meta({
  id: 'AuthSessionListResponse',
});

export function presentAuthSession(place: SignedInPlace): z.input<typeof AuthSessionResponse> {
  return {
    id: place.id,
    user_agent: place.userAgent,
    ip: place.ip,
    is_current: place.isCurrent,
    is_impersonation: place.isImpersonation,
    created_at: place.createdAt,
    last_refreshed_at: place.lastRefreshedAt,
    expires_at: place.expiresAt,
  };
}
