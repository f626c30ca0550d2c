import { z } from 'zod';
import { text } from '#platform/http/schema-parts';
import { EmailInput, PasswordInput, presentUser, UserResponse } from '../users/users.schemas.ts';
import type { IssuedTokens, SignIn } from './auth.service.ts';

/** Longer than any, so that a token of another kind is refused as such. */
const MAX_REFRESH_TOKEN_LENGTH = 4096;

const refreshToken = text(MAX_REFRESH_TOKEN_LENGTH).min(1);

export const LoginRequest = z
  .strictObject({
    email: EmailInput,
    password: PasswordInput,
    remember_me: z.boolean().default(false).describe('Keep the cookie for longer'),
    cookie: z.boolean().default(false).describe('Answer with the cookie alone, without tokens'),
  })
  .meta({ id: 'LoginRequest' });

export const RefreshRequest = z
  .strictObject({ refresh_token: refreshToken })
  .meta({ id: 'RefreshRequest' });

export const LogoutRequest = z
  .strictObject({
    refresh_token: refreshToken.optional().describe('Ends its session too, although it was used'),
  })
  .nullish()
  .meta({ id: 'LogoutRequest' });

const tokenType = z.literal('bearer');
const expiresIn = z.int().describe('Life of the access token, or of the cookie alone, in seconds');

export const TokenResponse = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: tokenType,
    expires_in: expiresIn,
    user: UserResponse,
  })
  .meta({ id: 'TokenResponse' });

export const LoginResponse = z
  .object({
    access_token: z.string().optional().describe('Left out with `cookie: true`'),
    refresh_token: z.string().optional().describe('Left out with `cookie: true`'),
    token_type: tokenType.optional().describe('Left out with `cookie: true`'),
    expires_in: expiresIn,
    user: UserResponse,
  })
  .meta({ id: 'LoginResponse' });

export function presentTokens(tokens: IssuedTokens): z.input<typeof TokenResponse> {
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'bearer',
    expires_in: tokens.expiresInSeconds,
    user: presentUser(tokens.user),
  };
}

export function presentSignIn({ user, tokens, cookie }: SignIn): z.input<typeof LoginResponse> {
  if (tokens) return presentTokens(tokens);
  return { expires_in: cookie.maxAgeSeconds, user: presentUser(user) };
}
