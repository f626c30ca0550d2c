import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types';
import type { Access, SignIn } from './authenticator.ts';
import { STATUS_CODES } from './node-http.ts';
import { PROBLEM_CONTENT_TYPE } from './problem.ts';

/** What a route says beside its schemas, and its operation must show. */
export type OperationFacts = {
  readonly access: Access;
  readonly signIn: SignIn;
  readonly isIdempotent: boolean;
  readonly isUpload: boolean;
};

type Operation = OpenAPIV3_1.OperationObject;
type Responses = NonNullable<Operation['responses']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const NO_CONTENT = '204';

/** What operations share, described once and referred to. */
export const COMPONENTS: OpenAPIV3.ComponentsObject & OpenAPIV3_1.ComponentsObject = {
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'access_token' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  },
  headers: {
    TraceId: { description: 'Id of the trace of this request', schema: { type: 'string' } },
    RequestId: { description: 'Id of this request', schema: { type: 'string' } },
    PreferenceApplied: {
      description: '`envelope=trace` when the body is wrapped',
      schema: { type: 'string' },
    },
    RateLimit: { description: 'What is left of the limit', schema: { type: 'string' } },
    RateLimitPolicy: { description: 'The limits that hold', schema: { type: 'string' } },
    RetryAfter: { description: 'Seconds to wait', schema: { type: 'integer' } },
  },
  parameters: {
    Prefer: {
      name: 'Prefer',
      in: 'header',
      description: '`envelope=trace` wraps a JSON success body as `{"trace_id", "data"}`',
      schema: { type: 'string' },
    },
    TeamId: {
      name: 'X-Team-Id',
      in: 'header',
      description: 'The team to act for; the personal team without it',
      schema: { type: 'string', format: 'uuid' },
    },
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'For 24 hours the same key and body give the first answer again',
      schema: { type: 'string', maxLength: 255 },
    },
  },
  responses: {
    Problem: {
      description: 'What went wrong',
      headers: {
        'X-Trace-Id': { $ref: '#/components/headers/TraceId' },
        'X-Request-ID': { $ref: '#/components/headers/RequestId' },
        'Retry-After': { $ref: '#/components/headers/RetryAfter' },
      },
      content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
};

const UPLOAD_BODY: OpenAPIV3_1.RequestBodyObject = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: { file: { type: 'string', format: 'binary' } },
      },
    },
  },
};

/** Adds to every operation who may call it, its common headers and its problems. */
export function describeOperations(
  document: OpenAPIV3_1.Document,
  facts: ReadonlyMap<string, OperationFacts>,
): OpenAPIV3_1.Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = path?.[method];
      const fact = facts.get(operation?.operationId ?? '');
      if (operation && fact) describeOperation(operation, fact);
    }
  }
  return document;
}

function describeOperation(operation: Operation, fact: OperationFacts): void {
  operation.security = securityOf(fact);
  const hasOwnErrors = operation.responses?.['default'] !== undefined;
  const names = [
    // What words its errors in its own way is never wrapped.
    ...(hasOwnErrors ? [] : ['Prefer']),
    ...(fact.access === 'public' || fact.access === 'metrics' ? [] : ['TeamId']),
  ];
  if (fact.isIdempotent) names.push('IdempotencyKey');
  const shared = names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
  operation.parameters = [...(operation.parameters ?? []), ...shared];
  if (fact.isUpload) operation.requestBody = UPLOAD_BODY;
  const responses: Responses = {};
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    responses[status] = describeResponse(status, response);
  }
  responses['default'] ??= { $ref: '#/components/responses/Problem' };
  operation.responses = responses;
}

function describeResponse(status: string, response: Responses[string]): Responses[string] {
  if ('$ref' in response) return response;
  const { content, ...rest } = response;
  const isUndescribed = rest.description === 'Default Response';
  return {
    ...rest,
    description: isUndescribed ? (STATUS_CODES[status] ?? 'What went wrong') : rest.description,
    headers: {
      'X-Trace-Id': { $ref: '#/components/headers/TraceId' },
      'X-Request-ID': { $ref: '#/components/headers/RequestId' },
      RateLimit: { $ref: '#/components/headers/RateLimit' },
      'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
      'Preference-Applied': { $ref: '#/components/headers/PreferenceApplied' },
      ...rest.headers,
    },
    ...(content && status !== NO_CONTENT && { content }),
  };
}

function securityOf({ access, signIn }: OperationFacts): OpenAPIV3_1.SecurityRequirementObject[] {
  if (access === 'public') return [];
  if (access === 'metrics') return [{ bearer: [] }];
  if (access === 'worker') return [{ bearer: [] }, { apiKey: [] }];
  const isForPeople = access === 'admin' || signIn !== 'any';
  return [
    ...(access === 'optional' ? [{}] : []),
    { bearer: [] },
    { cookie: [] },
    ...(isForPeople ? [] : [{ apiKey: [] }]),
  ];
}
