import { z } from 'zod';
import { uuid } from '#platform/http/schema-parts';
import {
  defineTopic,
  type SocketEvent,
  type SocketTopic,
} from '#platform/http/sockets/socket-topic';
import type { RunId } from '#shared/ids';
import type { RunReader, RunStreams } from './run-streams.service.ts';

const parameters = z.strictObject({
  run_id: uuid<RunId>(),
  /** The last event that arrived; the feed goes on after it. */
  after: z.int().min(0).default(0),
});

/** The events of an own run, as its stream has them. */
export function createRunTopic(streams: Pick<RunStreams, 'follow'>): SocketTopic {
  return defineTopic({
    name: 'run',
    parameters,
    async open(actor, { run_id: runId, after: afterEventId }) {
      const read = await streams.follow(actor, { runId, afterEventId });
      return (signal) => readEvents(read, signal);
    },
  });
}

async function* readEvents(read: RunReader, signal: AbortSignal): AsyncGenerator<SocketEvent> {
  for await (const { firstEventId, events } of read(signal)) {
    for (const [place, json] of events.entries()) yield { id: firstEventId + place, json };
  }
}
