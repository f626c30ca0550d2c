import type { NotedSession } from '#modules/chat';

/** What a thread is called by its client. */
export function threadIdOf({ externalId, id }: Pick<NotedSession, 'externalId' | 'id'>): string {
  return externalId ?? id;
}
