import { isIP } from 'node:net';
import { z } from 'zod';
import {
  boolean,
  decimal,
  integer,
  oneOf,
  origins,
  splitList,
  text,
  webUrl,
} from './setting-kinds.ts';
import { setting } from './setting.ts';

export const APP_ENVIRONMENTS = ['development', 'test', 'staging', 'production'] as const;

/** Fastify takes hop counts and addresses; `true` would believe the address that the client wrote. */
const trustedProxies = z.string().transform((value, context): false | number | string[] => {
  if (value === 'false') return false;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const networks = splitList(value);
  if (networks.length > 0 && networks.every(isNetwork)) return [...networks];
  context.addIssue({
    code: 'custom',
    message: 'must be false, a number of proxies, or a list of addresses and CIDR ranges',
  });
  return z.NEVER;
});

export const appSettings = z.object({
  environment: setting(oneOf(APP_ENVIRONMENTS).prefault('development'), {
    name: 'APP_ENV',
    description: 'What this deployment is: development, test, staging or production',
  }),
  host: setting(text.prefault('127.0.0.1'), {
    name: 'HOST',
    description: 'Address the server listens on',
    deployedDefault: '0.0.0.0',
  }),
  port: setting(integer({ min: 0, max: 65_535 }).prefault('8000'), {
    name: 'PORT',
    description: 'Port the server listens on; 0 takes a free one',
  }),
  publicUrl: setting(webUrl.optional(), {
    name: 'PUBLIC_URL',
    description: 'Address under which clients reach the service',
    example: 'https://api.example.com',
    isRequiredWhenDeployed: true,
  }),
  corsOrigins: setting(origins.prefault(''), {
    name: 'CORS_ORIGINS',
    description: 'Origins of web pages that may call the API, separated by commas',
    example: 'https://app.example.com',
    isRequiredWhenDeployed: true,
  }),
  responseEnvelope: setting(oneOf(['none', 'trace']).prefault('none'), {
    name: 'RESPONSE_ENVELOPE',
    description: 'trace wraps every JSON success body in {trace_id, data}',
  }),
  trustProxy: setting(trustedProxies.prefault('false'), {
    name: 'TRUST_PROXY',
    description: 'Proxies in front: their number, or their addresses and CIDR ranges',
    example: '1',
  }),
  bodyLimitBytes: setting(integer({ min: 1024, max: 104_857_600 }).prefault('1048576'), {
    name: 'BODY_LIMIT',
    description: 'Largest JSON body in bytes',
  }),
  hasDocs: setting(boolean.prefault('true'), {
    name: 'DOCS_ENABLED',
    description: 'Serve the API documentation at /docs',
  }),
  dataDirectory: setting(text.prefault('./data'), {
    name: 'DATA_DIR',
    description: 'Folder of the embedded database, local files and the development secret',
  }),
  isDebug: setting(boolean.prefault('false'), {
    name: 'DEBUG',
    description: 'Log at level debug; refused in production',
  }),
  shutdownGraceSeconds: setting(integer({ min: 0, max: 600 }).prefault('25'), {
    name: 'SHUTDOWN_GRACE_SECONDS',
    description: 'Time for running requests, streams and jobs after SIGTERM',
  }),
});

/** Only what a scraper can send after `Bearer`. */
const bearerToken = text
  .min(16, 'must have at least 16 characters')
  .regex(/^[\w.~+/=-]*$/, 'must be letters, digits and any of - . _ ~ + / = alone');

export const logSettings = z.object({
  level: setting(
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).prefault('info'),
    {
      name: 'LOG_LEVEL',
      description: 'Least level that is logged: fatal, error, warn, info, debug, trace or silent',
    },
  ),
  format: setting(oneOf(['console', 'json']).prefault('console'), {
    name: 'LOG_FORMAT',
    description: 'console for people, json for machines',
    deployedDefault: 'json',
  }),
});

export const telemetrySettings = z.object({
  isTracingEnabled: setting(boolean.prefault('false'), {
    name: 'OTEL_ENABLED',
    description: 'Send traces over OTLP',
    deployedDefault: 'true',
  }),
  serviceName: setting(text.prefault('groundwork'), {
    name: 'OTEL_SERVICE_NAME',
    description: 'Name of this service in traces',
  }),
  exporterUrl: setting(webUrl.prefault('http://localhost:4317'), {
    name: 'OTEL_EXPORTER_ENDPOINT',
    description: 'OTLP gRPC address of the collector',
  }),
  metricsToken: setting(bearerToken.optional(), {
    name: 'METRICS_TOKEN',
    description: 'Bearer token for /metrics; without it only loopback may read them',
    example: 'a random text of 16 characters or more',
    isSecret: true,
  }),
});

export const costSettings = z.object({
  currency: setting(
    text.regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code of three capitals').prefault('EUR'),
    {
      name: 'CURRENCY',
      description: 'Currency in which costs are kept and shown',
    },
  ),
  currencyPerUsd: setting(decimal({ min: 0.000001, max: 1_000_000 }).optional(), {
    name: 'COST_USD_RATE',
    description: 'Units of CURRENCY that one US dollar costs; unset: 1 for USD, 0.9 for EUR',
    example: '0.9',
  }),
  targetPerUser: setting(decimal({ min: 0, max: 1_000_000 }).prefault('2.00'), {
    name: 'COST_TARGET_PER_USER',
    description: 'What a user should cost a month at most, in CURRENCY; dashboards show it',
  }),
  alertPerUser: setting(decimal({ min: 0, max: 1_000_000 }).prefault('2.50'), {
    name: 'COST_ALERT_PER_USER',
    description: 'What a user may cost a month before an alert, in CURRENCY',
  }),
});

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
