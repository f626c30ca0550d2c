import { AsyncLocalStorage } from 'node:async_hooks';
import type { ApiKeyId, TeamId, UserId } from '#shared/ids';

/** What is known about the work in progress: a request, or a job that a request caused. */
export type RequestContext = {
  readonly requestId: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** The client's address; absent in a job. */
  readonly ip?: string | undefined;
  /** Known after sign-in; set with `identifyContext`. */
  userId?: UserId;
  teamId?: TeamId;
  apiKeyId?: ApiKeyId | undefined;
};

const storage = new AsyncLocalStorage<RequestContext>();

export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work`, and everything it starts, in `context`. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Adds who is acting to the current context, so that every later log line carries it. */
export function identifyContext({
  userId,
  teamId,
  apiKeyId,
}: {
  userId: UserId;
  teamId: TeamId;
  apiKeyId?: ApiKeyId | undefined;
}): void {
  const context = storage.getStore();
  if (!context) return;
  context.userId = userId;
  context.teamId = teamId;
  context.apiKeyId = apiKeyId;
}
