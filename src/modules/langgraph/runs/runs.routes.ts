import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { App } from '#platform/http/app';
import { callerSignal } from '#platform/http/caller-signal';
import { readRunRequest } from './run-request.schemas.ts';
import {
  cancelRun,
  cancelRuns,
  createRun,
  createStatelessRun,
  deleteRun,
  getRun,
  joinRun,
  joinStatelessStream,
  joinStream,
  listRuns,
  streamRun,
  streamStatelessRun,
  waitRun,
  waitStatelessRun,
} from './run-operations.ts';
import { runStatusesOf } from './run-status.ts';
import {
  presentRun,
  readNotes,
  readPosition,
  type RunParams,
  type StreamQuery,
} from './runs.schemas.ts';
import type { BeginRunInput, ThreadRunService } from './runs.service.ts';
import type { ThreadRun } from './thread-run.ts';
import { createSendFrames, nameRun } from './send-frames.ts';
import type { ThreadStreams } from './thread-streams.service.ts';

type Services = { readonly runs: ThreadRunService; readonly streams: ThreadStreams };

export function registerRunRoutes(app: App, services: Services): void {
  registerBeginnings(app, services);
  registerOwnThreadBeginnings(app, services);
  registerReads(app, services);
  registerJoins(app, services);
}

function registerBeginnings(app: App, services: Services): void {
  const { begin, stream, wait } = createBeginnings(services);
  const inThread = (threadId: string, body: Parameters<typeof readRunRequest>[0]) => ({
    ...readRunRequest(body),
    threadId,
  });

  app.post('/threads/:thread_id/runs', createRun, (request, reply) =>
    begin(request, reply, inThread(request.params.thread_id, request.body)),
  );
  app.post('/threads/:thread_id/runs/stream', streamRun, (request, reply) =>
    stream(request, reply, inThread(request.params.thread_id, request.body)),
  );
  app.post('/threads/:thread_id/runs/wait', waitRun, (request, reply) =>
    wait(request, reply, inThread(request.params.thread_id, request.body)),
  );
}

function registerOwnThreadBeginnings(app: App, services: Services): void {
  const { begin, stream, wait } = createBeginnings(services);
  const threadId = undefined;

  app.post('/runs', createStatelessRun, (request, reply) =>
    begin(request, reply, { ...readRunRequest(request.body), threadId }),
  );
  app.post('/runs/stream', streamStatelessRun, (request, reply) =>
    stream(request, reply, { ...readRunRequest(request.body), threadId }),
  );
  app.post('/runs/wait', waitStatelessRun, (request, reply) =>
    wait(request, reply, { ...readRunRequest(request.body), threadId }),
  );
}

function registerReads(app: App, { runs }: Services): void {
  app.get('/threads/:thread_id/runs', listRuns, async (request) => {
    const { limit, offset, status } = request.query;
    const statuses = status && runStatusesOf(status);
    const listing = { threadId: request.params.thread_id, statuses, limit, offset };
    return (await runs.list(request.actor, listing)).map((run) => presentRun(run));
  });

  app.get('/threads/:thread_id/runs/:run_id', getRun, async (request) =>
    presentRun(await runs.get(request.actor, keyOf(request.params))),
  );

  app.delete('/threads/:thread_id/runs/:run_id', deleteRun, async (request, reply) => {
    await runs.remove(request.actor, keyOf(request.params));
    return reply.code(204).send();
  });

  app.post('/threads/:thread_id/runs/:run_id/cancel', cancelRun, async (request, reply) => {
    const signal = isSet(request.query.wait) ? callerSignal(reply) : undefined;
    await runs.cancel(request.actor, { ...keyOf(request.params), signal });
    return reply.code(204).send();
  });

  app.post('/runs/cancel', cancelRuns, async (request, reply) => {
    const { thread_id: threadId, run_ids: ids } = request.body;
    for (const id of ids) await runs.cancel(request.actor, { threadId, id });
    return reply.code(204).send();
  });
}

function registerJoins(app: App, { runs, streams }: Services): void {
  const sendFrames = createSendFrames({ runs, streams });

  app.get('/threads/:thread_id/runs/:run_id/join', joinRun, async (request, reply) => {
    const signal = callerSignal(reply);
    const run = await runs.get(request.actor, keyOf(request.params));
    const outcome = await runs.wait(request.actor, run, signal);
    if (signal.aborted && isSet(request.query.cancel_on_disconnect))
      await runs.cancel(request.actor, keyOf(request.params));
    return outcome;
  });

  app.get('/threads/:thread_id/runs/:run_id/stream', joinStream, async (request, reply) => {
    const threadRun = await runs.get(request.actor, keyOf(request.params));
    const lastEventId = request.headers['last-event-id'];
    await sendFrames(request, reply, {
      threadRun,
      ...readJoin(threadRun, request.query, lastEventId),
    });
  });

  app.get('/runs/:run_id/stream', joinStatelessStream, async (request, reply) => {
    const threadRun = await runs.find(request.actor, { id: request.params.run_id });
    const lastEventId = request.headers['last-event-id'];
    await sendFrames(request, reply, {
      threadRun,
      ...readJoin(threadRun, request.query, lastEventId),
    });
  });
}

/** The three ways to begin a run: and go, and read, and wait. */
function createBeginnings({ runs, streams }: Services) {
  const sendFrames = createSendFrames({ runs, streams });
  return {
    async begin(request: FastifyRequest, reply: FastifyReply, input: BeginRunInput) {
      const run = await runs.begin(request.actor, { ...input, isBackground: true });
      nameRun(reply, run);
      return presentRun(run);
    },
    async stream(request: FastifyRequest, reply: FastifyReply, input: BeginRunInput) {
      const threadRun = await runs.begin(request.actor, input);
      const { modes } = input;
      const { after } = threadRun;
      const sending = { threadRun, modes, after, isStoppedWithReader: false };
      await sendFrames(request, reply, sending);
    },
    async wait(request: FastifyRequest, reply: FastifyReply, input: BeginRunInput) {
      const signal = callerSignal(reply);
      const run = await runs.begin(request.actor, input);
      nameRun(reply, run);
      return runs.wait(request.actor, run, signal);
    },
  };
}

function readJoin(
  { run }: ThreadRun,
  query: z.output<typeof StreamQuery>,
  lastEventId: string | undefined,
) {
  return {
    modes: query.stream_mode ?? readNotes(run).stream_modes,
    after: readPosition(lastEventId),
    isStoppedWithReader: isSet(query.cancel_on_disconnect),
  };
}

function keyOf({ thread_id: threadId, run_id: id }: z.output<typeof RunParams>) {
  return { threadId, id };
}

function isSet(flag: string | undefined): boolean {
  return flag === '1' || flag === 'true';
}
