import { AppError, isAppError, type ErrorKind } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { Authenticate, Credentials } from '../authenticator.ts';

export type SignedIn = { readonly actor: Actor; readonly credentials: Credentials };

export type SocketCaller = ReturnType<typeof createSocketCaller>;

const ENDING: ReadonlySet<ErrorKind> = new Set(['unauthenticated', 'forbidden', 'not_found']);

/** Who a socket belongs to: known from its handshake, or from its first message; they stay the same for its life. */
export function createSocketCaller(authenticate: Authenticate, handshake: SignedIn | undefined) {
  let signedIn = handshake;

  return {
    find: () => signedIn?.actor,

    /** @throws UNAUTHORIZED before anybody signed in */
    get(): Actor {
      if (!signedIn) throw new AppError('unauthenticated', 'Invalid credentials');
      return signedIn.actor;
    },

    /** Signs in, or prolongs with a newer token. @throws UNAUTHORIZED, FORBIDDEN, CONFLICT for somebody else */
    async signIn(credentials: Credentials): Promise<Actor> {
      const actor = await authenticate(credentials);
      if (signedIn && !isSame(signedIn.actor, actor)) {
        throw new AppError('conflict', 'The socket belongs to somebody else, or to another team', {
          reason: 'socket.signed_in',
        });
      }
      signedIn = { actor, credentials };
      return actor;
    },

    /** Why they may no longer be there, if so: their token is over, they were deactivated or left the team. */
    async findEnd(): Promise<AppError | undefined> {
      if (!signedIn) return undefined;
      const { credentials } = signedIn;
      try {
        const actor = await authenticate(credentials);
        if (signedIn.credentials === credentials) signedIn = { actor, credentials };
        return undefined;
      } catch (error) {
        // Another fault says nothing of them.
        return isAppError(error) && ENDING.has(error.kind) ? error : undefined;
      }
    },
  };
}

function isSame(one: Actor, other: Actor): boolean {
  return one.userId === other.userId && one.teamId === other.teamId;
}
