import type { FastifyReply, FastifyRequest } from 'fastify';
import { openEventStream, type StreamForm } from '#platform/http/event-stream';
import { idOfFrame, type FramePosition } from './run-frames.ts';
import { readNotes } from './runs.schemas.ts';
import type { ThreadRunService } from './runs.service.ts';
import type { ThreadRun } from './thread-run.ts';
import type { StreamMode } from './stream-modes.ts';
import type { ThreadStreams } from './thread-streams.service.ts';

export type FrameSending = {
  readonly threadRun: ThreadRun;
  readonly modes: readonly StreamMode[];
  readonly after: FramePosition;
  /** The run stops with its reader. */
  readonly isStoppedWithReader: boolean;
};

const STREAM_FORM: StreamForm = {
  describeFailure: (fault, problem) => ({
    name: 'error',
    data: { error: problem.code, message: fault.detail },
  }),
  hasDone: false,
};

/** Sends a run's frames, no faster than the reader reads. */
export function createSendFrames(services: {
  readonly runs: Pick<ThreadRunService, 'cancel'>;
  readonly streams: ThreadStreams;
}) {
  const { runs, streams } = services;
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    { threadRun, modes, after, isStoppedWithReader }: FrameSending,
  ): Promise<void> => {
    const { run, threadId } = threadRun;
    nameRun(reply, threadRun, modes);
    const stream = openEventStream(request, reply, STREAM_FORM);
    const { assistant_id: assistantId } = readNotes(run);
    const input = { ...threadRun, assistantId, modes, after, signal: stream.closed };
    try {
      for await (const { position, name, data } of streams.follow(request.actor, input)) {
        stream.send({ id: idOfFrame(position), name, data });
        await stream.ready();
        if (stream.closed.aborted) break;
      }
      if (isStoppedWithReader && stream.closed.aborted)
        await runs.cancel(request.actor, { threadId, id: run.id });
      stream.end();
    } catch (error) {
      if (!stream.closed.aborted) stream.fail(error);
    }
  };
}

/**
 * Where a run is, and where its stream goes on: LangGraph's client puts both behind the address of the API that it
 * was given, so they are relative to that.
 */
export function nameRun(
  reply: FastifyReply,
  { run, threadId }: ThreadRun,
  modes: readonly StreamMode[] = [],
): void {
  const path = `/threads/${threadId}/runs/${run.id}`;
  reply.header('content-location', path);
  if (modes.length === 0) return;
  const query = modes.map((mode) => `stream_mode=${mode}`).join('&');
  reply.header('location', `${path}/stream?${query}`);
}
