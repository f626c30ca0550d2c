import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import type { OpenAPI, OpenAPIV3_1 } from 'openapi-types';
import { z, ZodType } from 'zod';
import { COMPONENTS, describeOperations, type OperationFacts } from './openapi-operations.ts';
import { keepUsedSchemas } from './openapi-schemas.ts';
import type { App } from './route-contract.ts';

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

const DOCS_PATH = '/docs';

/** Makes the document from the schemas of the routes; registered before the routes it describes. */
export async function registerOpenApi(app: App, version: string): Promise<void> {
  const zodToJsonConfig = { override: simplify };
  const transformSchema = createJsonSchemaTransform({ zodToJsonConfig });
  const transformDocument = createJsonSchemaTransformObject({ zodToJsonConfig });
  const facts = new Map<string, OperationFacts>();

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Groundwork', version, description: DESCRIPTION },
      servers: [{ url: '/' }],
      components: COMPONENTS,
    },
    transform: ({ schema, route, ...rest }) => {
      const { querystring, params } = schema ?? {};
      const { operationId, consumes } = schema ?? {};
      const { access = 'user', signIn = 'any', isIdempotent = false } = route.config ?? {};
      const isUpload = consumes?.includes('multipart/form-data') ?? false;
      if (operationId) facts.set(operationId, { access, signIn, isIdempotent, isUpload });
      const parts = { querystring: withoutId(querystring), params: withoutId(params) };
      return transformSchema({ ...rest, route, schema: { ...schema, ...parts } });
    },
    transformObject: (source) => {
      const text = JSON.stringify(transformDocument(source));
      const document: OpenAPIV3_1.Document = JSON.parse(text);
      return keepUsedSchemas(describeOperations(document, facts));
    },
  });
}

/** The page that shows the document; everything on it comes from this server. */
export async function registerDocs(app: App): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await scope.register(swaggerUi, {
      routePrefix: DOCS_PATH,
      uiConfig: { validatorUrl: null, persistAuthorization: false },
      staticCSP: {
        'default-src': ["'none'"],
        'script-src': ["'self'", "'unsafe-inline'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'self'"],
      },
    });
  });
}

export function registerDocumentRoute(app: App): void {
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'public' } }, () =>
    app.swagger(),
  );
}

export async function buildOpenApiDocument(app: App): Promise<OpenAPI.Document> {
  await app.ready();
  return app.swagger();
}

const DESCRIPTION =
  'Errors are problem documents (RFC 9457). Every answer carries `X-Trace-Id` and `X-Request-ID`.';

/** Parameters are listed one by one, so their object is no component: a copy of it has no id. */
function withoutId(schema: unknown): unknown {
  return schema instanceof ZodType ? schema.clone(schema.def) : schema;
}

const simplify: Override = ({ zodSchema, jsonSchema }) => {
  if (zodSchema instanceof z.ZodDate) {
    Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
  }
  if (zodSchema instanceof z.ZodUndefined) jsonSchema.type = 'null';
  // The name of a format says it; the expression behind it is hundreds of characters long.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // Clients must bear new members of an answer; only strict requests refuse unknown ones.
  if (zodSchema instanceof z.ZodObject && zodSchema.def.catchall === undefined) {
    delete jsonSchema.additionalProperties;
  }
};
