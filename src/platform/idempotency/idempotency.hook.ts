import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, invalid } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { TeamId } from '#shared/ids';
import type {
  FinalAnswer,
  IdempotencyKey,
  IdempotencyRepository,
  StoredAnswer,
} from './idempotency.repository.ts';

export type IdempotencyRepositoryOf = (teamId: TeamId) => IdempotencyRepository;

export type IdempotencyDependencies = {
  readonly idempotencyOf: IdempotencyRepositoryOf;
  readonly logger: Logger;
};

const HEADER = 'idempotency-key';
const MAX_KEY_LENGTH = 255;
const KEEP_SECONDS = 86_400;
/** Longer than any request that creates; after it the key of a process that died is free again. */
const LOCK_SECONDS = 300;
const SERVER_ERROR = 500;
/** Answers that say nothing about the request itself; the same request may fare better later. */
const PASSING = new Set([401, 408, 429]);

/** Makes the routes that ask for it answer a repeated creation with the answer of the first. */
export function createIdempotencyStage({ idempotencyOf, logger }: IdempotencyDependencies) {
  const claimed = new WeakMap<FastifyRequest, IdempotencyKey & { requestHash: Buffer }>();

  async function keep(
    id: IdempotencyKey & { requestHash: Buffer },
    { statusCode, payload }: { statusCode: number; payload: unknown },
  ): Promise<void> {
    const keys = idempotencyOf(id.teamId);
    const { requestHash } = id;
    const isFinal = statusCode < SERVER_ERROR && !PASSING.has(statusCode);
    const response = payload ?? null;
    if (isFinal && (typeof response === 'string' || response === null)) {
      await keys.complete(id, { requestHash, statusCode, response });
      return;
    }
    await keys.release(id, requestHash);
  }

  return {
    /** Before the handler: takes the key, or answers in the handler's place. */
    async claim(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
      const key = request.headers[HEADER];
      if (key === undefined) return undefined;
      const id = identify(request, key);
      const keys = idempotencyOf(id.teamId);
      const requestHash = hashRequest(request);
      const terms = { requestHash, lockSeconds: LOCK_SECONDS, keepSeconds: KEEP_SECONDS };
      if (await keys.claim(id, terms)) {
        claimed.set(request, { ...id, requestHash });
        return undefined;
      }
      // The reply is returned so that the framework waits for it and skips the handler.
      return replay(reply, assertSameRequest(await keys.find(id), requestHash));
    },

    isClaimed: (request: FastifyRequest): boolean => claimed.has(request),

    /** Before the answer leaves: keeps it, so that a repeat finds it. */
    async settle(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> {
      const id = claimed.get(request);
      if (!id) return;
      claimed.delete(request);
      try {
        await keep(id, { statusCode: reply.statusCode, payload });
      } catch (error) {
        // What was created stands; only a repeat within the lock gets a conflict instead of it.
        logger.warn({ err: error }, 'idempotent answer not kept');
      }
    },
  };
}

function identify(request: FastifyRequest, key: string | string[]): IdempotencyKey {
  if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH) {
    const message = `Must be one value of 1 to ${MAX_KEY_LENGTH} characters`;
    throw invalid([{ field: 'Idempotency-Key', message }]);
  }
  const { teamId, userId } = request.actor;
  return { teamId, userId, key };
}

/** The body was parsed by its schema, so that the order and spacing of members do not matter. */
function hashRequest(request: FastifyRequest): Buffer {
  const [path] = request.raw.url?.split('?') ?? [];
  const content = JSON.stringify([request.method, path, request.body]);
  return hash('sha256', content, 'buffer');
}

function assertSameRequest(stored: StoredAnswer | undefined, requestHash: Buffer): FinalAnswer {
  if (stored && !requestHash.equals(stored.requestHash)) {
    throw new AppError(
      'idempotency_conflict',
      'This Idempotency-Key was used with another request',
      {
        reason: 'idempotency.other_request',
      },
    );
  }
  const { statusCode = null } = stored ?? {};
  if (!stored || statusCode === null) {
    throw new AppError('idempotency_conflict', 'The first request with this key is still running', {
      reason: 'idempotency.in_flight',
      retryAfterSeconds: 1,
    });
  }
  return { ...stored, statusCode };
}

function replay(reply: FastifyReply, { statusCode, response }: FinalAnswer) {
  const type = statusCode < 400 ? 'application/json' : 'application/problem+json';
  reply.code(statusCode).header('idempotency-replayed', 'true');
  if (response === null) return reply.send();
  return reply.type(`${type}; charset=utf-8`).send(response);
}
