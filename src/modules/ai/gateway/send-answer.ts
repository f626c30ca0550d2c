import type { FastifyReply, FastifyRequest } from 'fastify';
import { openEventStream } from '#platform/http/event-stream';
import { presentUse } from './gateway.schemas.ts';
import type { GatewayEvent, GatewayReader } from './gateway.service.ts';

/** Gives an answer as server-sent events while the model writes it, no faster than its reader reads. */
export async function sendAnswer(
  read: GatewayReader,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const stream = openEventStream(request, reply);
  let id = 0;
  try {
    for await (const event of read(stream.closed)) {
      id += 1;
      stream.send({ id, data: presentEvent(event) });
      await stream.ready();
    }
    stream.end();
  } catch (error) {
    if (!stream.closed.aborted) stream.fail(error, id + 1);
  }
}

function presentEvent(event: GatewayEvent): object {
  switch (event.type) {
    case 'started':
      return { ...event, type: 'session' };
    case 'text':
      return { type: 'token', content: event.text };
    case 'tool-call':
      return { type: 'tool_call', ...event.call };
    case 'ended': {
      const { model, finishReason } = event.answer;
      return {
        type: 'usage',
        ...presentUse(event.answer.used),
        model,
        finish_reason: finishReason,
      };
    }
  }
}
