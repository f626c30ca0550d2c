import type { FastifyReply } from 'fastify';

const STALLED_MS = 60_000;

/** Cuts an answer off whose reader takes nothing for so long; what feeds it is destroyed with it. */
export function giveUpWhenStalled(reply: FastifyReply, stalledMs = STALLED_MS): void {
  reply.raw.setTimeout(stalledMs, () => reply.raw.destroy());
}
