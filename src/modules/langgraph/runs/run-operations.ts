import { z } from 'zod';
import { ValuesResponse } from '../states/states.schemas.ts';
import { ThreadParams } from '../wire/wire-parts.schemas.ts';
import { RunCreate, StatelessRunCreate } from './run-request.schemas.ts';
import {
  CancelMany,
  CancelQuery,
  EventStreamResponse,
  JoinQuery,
  OwnRunParams,
  RunFilter,
  RunListResponse,
  RunParams,
  RunResponse,
  StreamHeaders,
  StreamQuery,
} from './runs.schemas.ts';

const tags = ['langgraph'];
const produces = ['text/event-stream'];
const user = { access: 'user' } as const;
const chat = { access: 'user', rateLimit: 'chat' } as const;
const chatStream = { access: 'user', rateLimit: 'chat-stream' } as const;

const create = { tags, body: RunCreate };
const createStateless = { tags, body: StatelessRunCreate };
const ran = { 200: ValuesResponse };
const begun = { 200: RunResponse };
const streamed = { 200: EventStreamResponse };

export const createRun = {
  schema: {
    ...create,
    operationId: 'createLangGraphRun',
    summary: 'Ask in a thread; the answer comes by itself',
    params: ThreadParams,
    response: begun,
  },
  config: chat,
} as const;
export const streamRun = {
  schema: {
    ...create,
    operationId: 'streamLangGraphRun',
    summary: 'Ask in a thread, and get the answer as a stream of events',
    produces,
    params: ThreadParams,
    response: streamed,
  },
  config: chatStream,
} as const;
export const waitRun = {
  schema: {
    ...create,
    operationId: 'waitLangGraphRun',
    summary: 'Ask in a thread, and get what it holds once it is answered',
    params: ThreadParams,
    response: ran,
  },
  config: chat,
} as const;
export const createStatelessRun = {
  schema: {
    ...createStateless,
    operationId: 'createLangGraphStatelessRun',
    summary: 'Ask in a thread of its own; the answer comes by itself',
    response: begun,
  },
  config: chat,
} as const;
export const streamStatelessRun = {
  schema: {
    ...createStateless,
    operationId: 'streamLangGraphStatelessRun',
    summary: 'Ask in a thread of its own, and get the answer as a stream of events',
    produces,
    response: streamed,
  },
  config: chatStream,
} as const;
export const waitStatelessRun = {
  schema: {
    ...createStateless,
    operationId: 'waitLangGraphStatelessRun',
    summary: 'Ask in a thread of its own, and get what it holds once it is answered',
    response: ran,
  },
  config: chat,
} as const;
export const listRuns = {
  schema: {
    operationId: 'listLangGraphRuns',
    summary: 'List the runs of a thread, the latest first',
    tags,
    params: ThreadParams,
    querystring: RunFilter,
    response: { 200: RunListResponse },
  },
  config: user,
};
export const getRun = {
  schema: {
    operationId: 'getLangGraphRun',
    summary: 'Read how a run stands',
    tags,
    params: RunParams,
    response: begun,
  },
  config: user,
};
export const deleteRun = {
  schema: {
    operationId: 'deleteLangGraphRun',
    summary: 'Forget a run that has ended; what was said in it stays',
    tags,
    params: RunParams,
    response: { 204: z.void() },
  },
  config: user,
};
export const cancelRun = {
  schema: {
    operationId: 'cancelLangGraphRun',
    summary: 'Stop a run, also one that waits for its turn',
    tags,
    params: RunParams,
    querystring: CancelQuery,
    response: { 204: z.void() },
  },
  config: user,
};
export const cancelRuns = {
  schema: {
    operationId: 'cancelLangGraphRuns',
    summary: 'Stop runs of a thread',
    tags,
    querystring: CancelQuery,
    body: CancelMany,
    response: { 204: z.void() },
  },
  config: user,
};
export const joinRun = {
  schema: {
    operationId: 'joinLangGraphRun',
    summary: 'Wait for the end of a run, and get what its thread then holds',
    tags,
    params: RunParams,
    querystring: JoinQuery,
    response: ran,
  },
  config: user,
};
export const joinStream = {
  schema: {
    operationId: 'joinLangGraphStream',
    summary: 'Read the stream of a run again, from the event after Last-Event-ID',
    tags,
    produces,
    params: RunParams,
    querystring: StreamQuery,
    headers: StreamHeaders,
    response: streamed,
  },
  config: user,
};
export const joinStatelessStream = {
  schema: {
    operationId: 'joinLangGraphStatelessStream',
    summary: 'Read the stream of a run whose thread is not known again',
    tags,
    produces,
    params: OwnRunParams,
    querystring: StreamQuery,
    headers: StreamHeaders,
    response: streamed,
  },
  config: user,
};
