import type { App } from '#platform/http/app';
import { ThreadParams } from '../wire/wire-parts.schemas.ts';
import {
  CheckpointParams,
  HistoryRequest,
  HistoryResponse,
  readBefore,
  StateAtCheckpoint,
  StateFilter,
  StateResponse,
} from './states.schemas.ts';
import type { StateService } from './states.service.ts';

const tags = ['langgraph'];
const config = { access: 'user' } as const;
const reading = { access: 'user', keyScope: 'read' } as const;

const getState = {
  schema: {
    operationId: 'getLangGraphState',
    summary: 'Read the latest state of a thread',
    tags,
    params: ThreadParams,
    querystring: StateFilter,
    response: { 200: StateResponse },
  },
  config,
};
const getStateById = {
  schema: {
    operationId: 'getLangGraphStateById',
    summary: 'Read the state of a thread at a checkpoint',
    tags,
    params: CheckpointParams,
    querystring: StateFilter,
    response: { 200: StateResponse },
  },
  config,
};
const getStateAtCheckpoint = {
  schema: {
    operationId: 'getLangGraphStateAtCheckpoint',
    summary: 'Read the state of a thread at a checkpoint, as a state gives it',
    tags,
    params: ThreadParams,
    body: StateAtCheckpoint,
    response: { 200: StateResponse },
  },
  config: reading,
};
const listHistory = {
  schema: {
    operationId: 'listLangGraphHistory',
    summary: 'List the states of a thread, the latest first',
    tags,
    params: ThreadParams,
    body: HistoryRequest,
    response: { 200: HistoryResponse },
  },
  config: reading,
};
const updateState = {
  schema: {
    operationId: 'updateLangGraphState',
    summary: 'Refused: states are made by runs alone',
    tags,
    params: ThreadParams,
    response: { 200: StateResponse },
  },
  config,
};
const patchState = {
  ...updateState,
  schema: { ...updateState.schema, operationId: 'patchLangGraphState' },
};

export function registerStateRoutes(app: App, { states }: { states: StateService }): void {
  app.get(
    '/threads/:thread_id/state',
    getState,
    async (request) => await states.get(request.actor, { threadId: request.params.thread_id }),
  );

  app.get('/threads/:thread_id/state/:checkpoint_id', getStateById, async (request) => {
    const { thread_id: threadId, checkpoint_id: checkpointId } = request.params;
    return await states.get(request.actor, { threadId, checkpointId });
  });

  app.post('/threads/:thread_id/state/checkpoint', getStateAtCheckpoint, async (request) => {
    const { thread_id: threadId } = request.params;
    const checkpointId = request.body.checkpoint.checkpoint_id ?? undefined;
    return await states.get(request.actor, { threadId, checkpointId });
  });

  app.post('/threads/:thread_id/history', listHistory, async (request) => {
    const { limit, before, metadata, checkpoint } = request.body;
    return states.listHistory(request.actor, {
      threadId: request.params.thread_id,
      limit,
      before: readBefore(before),
      from: checkpoint?.checkpoint_id ?? undefined,
      metadata: metadata ?? {},
    });
  });

  app.post('/threads/:thread_id/state', updateState, (request) =>
    states.update(request.actor, { threadId: request.params.thread_id }),
  );
  app.patch('/threads/:thread_id/state', patchState, (request) =>
    states.update(request.actor, { threadId: request.params.thread_id }),
  );
}
