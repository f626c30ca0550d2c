import type { NotedRun, NotedSession } from '#modules/chat';
import { threadIdOf } from '../threads/thread-of.ts';

/** A run as its thread's client knows it. */
export type ThreadRun = {
  readonly run: NotedRun;
  readonly session: NotedSession;
  readonly threadId: string;
};

export function inThread(session: NotedSession, run: NotedRun): ThreadRun {
  return { session, run, threadId: threadIdOf(session) };
}
