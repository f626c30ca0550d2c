import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessTokenCookie } from '#platform/http/authenticate.hook';

/** The cookie that signs browsers in: out of reach of scripts and of foreign pages. */
export function createSignInCookie({ isSecure }: { readonly isSecure: boolean }) {
  const name = accessTokenCookie(isSecure);
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;
  return {
    read: (request: FastifyRequest): string | undefined => request.cookies[name],

    set(reply: FastifyReply, cookie: { token: string; maxAgeSeconds: number }): void {
      reply.setCookie(name, cookie.token, { ...attributes, maxAge: cookie.maxAgeSeconds });
    },

    clear(reply: FastifyReply): void {
      reply.clearCookie(name, attributes);
    },
  };
}
