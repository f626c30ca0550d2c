/** Reasons to close, as RFC 6455 and its registry number them; from 4000 on they are ours. */
export const CLOSE_CODES = {
  violation: 1008,
  restart: 1012,
  overloaded: 1013,
  unauthenticated: 4401,
  forbidden: 4403,
} as const;

export type SocketLimits = {
  /** A longer message closes the socket with 1009. */
  readonly maxMessageBytes: number;
  /** Messages that are taken in a second; what comes beyond is refused, and reading pauses. */
  readonly messagesPerSecond: number;
  readonly maxSubscriptions: number;
  readonly maxSocketsPerUser: number;
  /** A client that leaves more than this unread is closed. */
  readonly maxUnsentBytes: number;
  /** How long a socket may stay without saying who it is. */
  readonly authMs: number;
  readonly pingMs: number;
  /** How often it is asked whether the caller may still be there. */
  readonly revalidateMs: number;
};

export const SOCKET_LIMITS: SocketLimits = {
  maxMessageBytes: 65_536,
  messagesPerSecond: 50,
  maxSubscriptions: 100,
  maxSocketsPerUser: 50,
  maxUnsentBytes: 1_048_576,
  authMs: 10_000,
  // A peer that has answered no ping is dropped at the next one, also one that reads nothing.
  pingMs: 25_000,
  revalidateMs: 10_000,
};
