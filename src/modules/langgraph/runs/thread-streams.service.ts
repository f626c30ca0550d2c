import type { RunStreams, SessionRunService } from '#modules/chat';
import { isAppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { RunId } from '#shared/ids';
import type { ThreadMessages } from '../states/thread-messages.service.ts';
import { presentValues } from '../states/present-state.ts';
import { createFrameWriter, isAfter, type Frame, type FramePosition } from './run-frames.ts';
import { RUN_STATUSES } from './run-status.ts';
import type { StreamMode } from './stream-modes.ts';
import type { ThreadRun } from './thread-run.ts';

/** What is told last of a run that waits; all that was told is then one batch. */
const PUT_ASIDE = JSON.stringify({ type: 'status', status: 'waiting' });
const LAST_FRAME = 9;

export type ThreadStreams = ReturnType<typeof createThreadStreams>;

export type ThreadStreamsDependencies = {
  readonly streams: Pick<RunStreams, 'follow'>;
  readonly sessionRuns: Pick<SessionRunService, 'get'>;
  readonly threadMessages: Pick<ThreadMessages, 'listUpTo'>;
};

export type FollowInput = ThreadRun & {
  readonly assistantId: string;
  readonly modes: readonly StreamMode[];
  readonly after: FramePosition;
  readonly signal: AbortSignal;
};

/** The frames of runs, from any point on. */
export function createThreadStreams(dependencies: ThreadStreamsDependencies) {
  const { streams, sessionRuns, threadMessages } = dependencies;

  function writerOf(actor: Actor, { run, threadId, assistantId }: FollowInput) {
    const { id: runId, sessionId } = run;
    const readMessages = () => threadMessages.listUpTo(actor, { sessionId, runId });
    return createFrameWriter({ runId, threadId, assistantId, readMessages });
  }

  async function isWaiting(actor: Actor, { run: { sessionId, id } }: FollowInput) {
    return (await sessionRuns.get(actor, { sessionId, id })).status === 'waiting';
  }

  /** Frames build on those before them, so a run is told from its beginning, whoever reads. */
  async function* allFrames(actor: Actor, input: FollowInput): AsyncGenerator<Frame> {
    const writer = writerOf(actor, input);
    const read = await streams.follow(actor, { runId: input.run.id, afterEventId: 0 });
    for await (const { firstEventId, events } of read(input.signal)) {
      for (const [index, json] of events.entries())
        yield* await writer.write(firstEventId + index, json);
      // A run that goes on already has told more, or is not waiting any more.
      if (writer.isAside() && (await isWaiting(actor, input))) {
        yield writer.end(RUN_STATUSES.waiting);
        return;
      }
    }
    if (!input.signal.aborted) yield writer.end();
  }

  /** Of a run whose events have gone: what its thread then held. */
  async function* closingFrames(actor: Actor, input: FollowInput): AsyncGenerator<Frame> {
    const writer = writerOf(actor, input);
    const { id: runId, sessionId, status } = input.run;
    const messages = await threadMessages.listUpTo(actor, { sessionId, runId });
    const position = { event: 0, frame: 1 };
    yield { position, name: 'values', data: presentValues(messages), mode: 'values' };
    yield writer.end(RUN_STATUSES[status]);
  }

  return {
    /** Where a run is that waits for a human: what comes later is told once that one has decided. */
    async placeOfWait(actor: Actor, runId: RunId): Promise<FramePosition> {
      const read = await streams.follow(actor, { runId, afterEventId: 0 });
      for await (const { firstEventId, events } of read(new AbortController().signal)) {
        const last = events.findLastIndex((event) => event === PUT_ASIDE);
        return { event: firstEventId + last, frame: LAST_FRAME };
      }
      return { event: 0, frame: 0 };
    },

    /** To be read to the end, or until the reader is gone. */
    async *follow(actor: Actor, input: FollowInput): AsyncGenerator<Frame> {
      const { modes, after } = input;
      const isAsked = ({ mode, position }: Frame) =>
        (mode === undefined || modes.includes(mode)) && isAfter(position, after);
      try {
        for await (const frame of allFrames(actor, input)) if (isAsked(frame)) yield frame;
      } catch (error) {
        if (!isAppError(error, 'not_found')) throw error;
        for await (const frame of closingFrames(actor, input)) if (isAsked(frame)) yield frame;
      }
    },
  };
}
