import type { NotedSession } from '#modules/chat';
import { presentValues, type ValuesView } from '../states/present-state.ts';
import { threadIdOf } from './thread-of.ts';
import type { Thread } from './threads.service.ts';

export type ThreadView = {
  readonly thread_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly state_updated_at: string;
  readonly metadata: Record<string, unknown>;
  readonly status: NotedSession['status'];
  readonly values?: ValuesView;
  readonly interrupts: Record<string, unknown>;
  readonly config: Record<string, unknown>;
  readonly error: string | null;
};

export function presentThread({ session, messages, pending }: Thread): ThreadView {
  const { status } = session;
  const told = messages?.filter((message) => message.status !== 'pending');
  const failed = status === 'error' ? told?.at(-1)?.error : undefined;
  return {
    thread_id: threadIdOf(session),
    created_at: session.createdAt,
    updated_at: session.updatedAt,
    state_updated_at: session.lastMessageAt ?? session.createdAt,
    metadata: { ...session.metadata },
    status,
    ...(told && { values: presentValues(told) }),
    interrupts: pending ? { [pending.run.id]: pending.interrupts } : {},
    config: {},
    error: failed ?? null,
  };
}
