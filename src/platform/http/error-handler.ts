import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { isAppError, type FieldError } from '#platform/errors/app-error';
import type { Exchange, ExchangeOf } from './exchange.ts';
import {
  faultOf,
  instanceOf,
  presentProblem,
  PROBLEM_CONTENT_TYPE,
  statusOf,
  type Fault,
  type Problem,
} from './problem.ts';

/** What the framework refuses by itself, by status; its own words are not shown. */
const FRAMEWORK_FAULTS: Readonly<Record<number, Fault>> = {
  400: { kind: 'bad_request', detail: 'The request cannot be read' },
  404: { kind: 'not_found', detail: 'There is no such address' },
  408: { kind: 'request_timeout', detail: 'The request took too long to arrive' },
  413: { kind: 'too_large', detail: 'The body is over its limit' },
  414: { kind: 'uri_too_long', detail: 'The address is too long' },
  415: { kind: 'unsupported_media', detail: 'The body is not of a type this address takes' },
};
const SERVER_ERROR = 500;

/** How a part of the API words an error, where it is not a problem document. */
export type PresentFault = (
  fault: Fault,
  problem: Problem,
) => { readonly status: number; readonly body: object };

export type ErrorHandler = (
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply;

/** Answers whatever was thrown with a problem document, and leaves the error to the request's log line. */
export function createErrorHandler(exchangeOf: ExchangeOf, present?: PresentFault): ErrorHandler {
  return (error, request, reply) => {
    const exchange = exchangeOf(request, reply);
    const fault = validationFault(error) ?? frameworkFault(error) ?? faultOf(error);
    if (statusOf(fault.kind) >= SERVER_ERROR) exchange.failure = error;
    sendProblem(reply, { fault, exchange, present });
    // The log gets the reason that the answer keeps to itself.
    if (isAppError(error)) exchange.reason = error.options.reason;
    return reply;
  };
}

/** Writes the problem document; `reply.send` with the text skips the route's own serializer. */
export function sendProblem(
  reply: FastifyReply,
  {
    fault,
    exchange,
    present,
  }: { fault: Fault; exchange: Exchange; present?: PresentFault | undefined },
): FastifyReply {
  const at = { instance: instanceOf(reply.request.raw.url), traceId: exchange.context.traceId };
  const problem = presentProblem(fault, at);
  exchange.code = problem.code;
  exchange.reason = problem.reason;
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', fault.retryAfterSeconds);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  const { status, body } = present?.(fault, problem) ?? { status: problem.status, body: problem };
  const contentType = present ? 'application/json; charset=utf-8' : PROBLEM_CONTENT_TYPE;
  return reply.code(status).type(contentType).send(JSON.stringify(body));
}

function validationFault(error: unknown): Fault | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  const whole = error.validationContext ?? 'body';
  const errors = error.validation.flatMap((issue): FieldError[] => {
    const field = issue.instancePath.slice(1).replaceAll('/', '.');
    const { keys } = issue.params;
    if (issue.keyword === 'unrecognized_keys' && Array.isArray(keys)) {
      return keys.map((key) => ({
        field: [field, String(key)].filter(Boolean).join('.'),
        message: 'Unknown field',
      }));
    }
    return [{ field: field || whole, message: issue.message ?? 'Invalid value' }];
  });
  return { kind: 'invalid', detail: describeErrors(errors), errors };
}

function describeErrors(errors: readonly FieldError[]): string {
  return errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
}

function frameworkFault(error: unknown): Fault | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return undefined;
  const { statusCode, code } = error;
  if (typeof statusCode !== 'number' || typeof code !== 'string') return undefined;
  const isFramework = code.startsWith('FST_') || code === 'ECONNRESET';
  return isFramework ? FRAMEWORK_FAULTS[statusCode] : undefined;
}
