import type { UserId } from '#shared/ids';
import { CLOSE_CODES } from './socket-limits.ts';

type OpenSocket = { close(code: number, reason: string): void };

/** The WebSockets of the process. */
export type OpenSockets = ReturnType<typeof createOpenSockets>;

export function createOpenSockets(maxSocketsPerUser: number) {
  const open = new Set<OpenSocket>();
  const counts = new Map<UserId, number>();

  function count(userId: UserId, change: 1 | -1): void {
    const changed = (counts.get(userId) ?? 0) + change;
    if (changed > 0) counts.set(userId, changed);
    else counts.delete(userId);
  }

  return {
    add: (socket: OpenSocket) => void open.add(socket),
    remove: (socket: OpenSocket) => void open.delete(socket),

    /** Counts a user's socket; the result counts it out. Undefined where they have as many as they may. */
    enter(userId: UserId): (() => void) | undefined {
      if ((counts.get(userId) ?? 0) >= maxSocketsPerUser) return undefined;
      count(userId, 1);
      return () => count(userId, -1);
    },

    /** What a client follows goes on without its socket: it comes back, and goes on after what it has. */
    closeAll(): void {
      for (const socket of open) socket.close(CLOSE_CODES.restart, 'shutting_down');
    },
  };
}
