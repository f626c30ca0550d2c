// A service of its own process: what it imports must be instrumented from the first line.
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { startTracing } from '#platform/telemetry/start-tracing';

const [exporterUrl = '', databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
const logger = createLogger({ level: 'info', format: 'json' });
const metrics = createMetrics();
const tracing = startTracing({
  settings: { serviceName: 'traced-test', exporterUrl },
  logger,
  metrics,
});

const { default: fastify } = await import('fastify');
const { default: pg } = await import('pg');
const { createRedis } = await import('#platform/cache/redis');
const { describeRoute, traced } = await import('#platform/telemetry/tracing');

const pool = databaseUrl ? new pg.Pool({ connectionString: databaseUrl, max: 1 }) : undefined;
const redis = redisUrl ? await createRedis({ url: redisUrl, logger, metrics }) : undefined;
const server = fastify();

server.get('/health', async () => 'alive');
server.get('/downstream', async (request) => request.headers['traceparent']);
server.get('/items/:id', async (request) => {
  describeRoute(request.method, '/items/:id');
  return traced('load item', { note: 'Bearer canary-in-attribute', items: 1 }, async () => {
    await pool?.query('select 42 as answer');
    await redis?.run('get', (client) => client.get('key-canary'));
    const response = await fetch(`${address}/downstream`);
    return response.text();
  });
});

const address = await server.listen({ host: '127.0.0.1', port: 0 });
await fetch(`${address}/health`);
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const response = await fetch(`${address}/items/7?token=canary-in-query`, {
  headers: { traceparent },
});
const downstream = await response.text();

await server.close();
await pool?.end();
await redis?.close();
const startedAt = performance.now();
await tracing.shutdown();
const { values } = await metrics.telemetryDroppedTotal.get();
logger.info(
  { downstream, dropped: values[0]?.value ?? 0, shutdown_ms: performance.now() - startedAt },
  'traced service done',
);
