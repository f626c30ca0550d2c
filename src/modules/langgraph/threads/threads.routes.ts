import { z } from 'zod';
import type { SessionOrder } from '#modules/chat';
import type { App } from '#platform/http/app';
import { ThreadParams } from '../wire/wire-parts.schemas.ts';
import { presentThread } from './present-thread.ts';
import {
  CountResponse,
  ThreadCount,
  ThreadCreate,
  ThreadListResponse,
  ThreadQuery,
  ThreadResponse,
  ThreadSearch,
  ThreadUpdate,
} from './threads.schemas.ts';
import type { ThreadService } from './threads.service.ts';

const tags = ['langgraph'];
const config = { access: 'user' } as const;
const reading = { access: 'user', keyScope: 'read' } as const;

const createThread = {
  schema: {
    operationId: 'createLangGraphThread',
    summary: 'Create a thread, which is a chat session',
    tags,
    body: ThreadCreate,
    response: { 200: ThreadResponse },
  },
  config,
};
const searchThreads = {
  schema: {
    operationId: 'searchLangGraphThreads',
    summary: 'List your threads in the active team',
    tags,
    body: ThreadSearch,
    response: { 200: ThreadListResponse },
  },
  config: reading,
};
const countThreads = {
  schema: {
    operationId: 'countLangGraphThreads',
    summary: 'Count your threads in the active team',
    tags,
    body: ThreadCount,
    response: { 200: CountResponse },
  },
  config: reading,
};
const getThread = {
  schema: {
    operationId: 'getLangGraphThread',
    summary: 'Read a thread with its latest values',
    tags,
    params: ThreadParams,
    querystring: ThreadQuery,
    response: { 200: ThreadResponse },
  },
  config,
};
const updateThread = {
  schema: {
    operationId: 'updateLangGraphThread',
    summary: 'Add to the metadata of a thread',
    tags,
    params: ThreadParams,
    body: ThreadUpdate,
    response: { 200: ThreadResponse },
  },
  config,
};
const deleteThread = {
  schema: {
    operationId: 'deleteLangGraphThread',
    summary: 'Delete a thread with its runs and messages',
    tags,
    params: ThreadParams,
    response: { 204: z.void() },
  },
  config,
};

const COLUMNS = {
  thread_id: 'id',
  status: 'status',
  created_at: 'created_at',
  updated_at: 'updated_at',
  state_updated_at: 'last_message_at',
} as const satisfies Record<string, SessionOrder['column']>;

export function registerThreadRoutes(app: App, { threads }: { threads: ThreadService }): void {
  app.post('/threads', createThread, async (request) => {
    const { thread_id, metadata, if_exists, ttl } = request.body;
    const thread = await threads.create(request.actor, {
      threadId: thread_id ?? undefined,
      metadata: metadata ?? {},
      ttlMinutes: ttl?.ttl,
      isExistingGiven: if_exists === 'do_nothing',
    });
    return presentThread(thread);
  });

  app.post('/threads/search', searchThreads, async (request) => {
    const { limit, offset, sort_by, sort_order, select, ids } = request.body;
    const found = await threads.search(request.actor, {
      ...readFilter(request.body),
      ids: ids ?? undefined,
      order: { column: COLUMNS[sort_by ?? 'created_at'], direction: sort_order ?? 'desc' },
      limit,
      offset,
      isWithMessages: !select || select.includes('values'),
    });
    return found.map((thread) => presentThread(thread));
  });

  app.post('/threads/count', countThreads, async (request) =>
    threads.count(request.actor, readFilter(request.body)),
  );

  app.get('/threads/:thread_id', getThread, async (request) =>
    presentThread(await threads.get(request.actor, { threadId: request.params.thread_id })),
  );

  app.patch('/threads/:thread_id', updateThread, async (request) => {
    const { thread_id: threadId } = request.params;
    const metadata = request.body.metadata ?? {};
    return presentThread(await threads.note(request.actor, { threadId, metadata }));
  });

  app.delete('/threads/:thread_id', deleteThread, async (request, reply) => {
    await threads.remove(request.actor, { threadId: request.params.thread_id });
    return reply.code(204).send();
  });
}

function readFilter({ metadata, status }: z.output<typeof ThreadCount>) {
  return { metadata: metadata ?? {}, status: status ?? undefined };
}
