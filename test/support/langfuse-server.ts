import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { portOf } from './ports.ts';

const Attribute = z.object({ key: z.string(), value: z.object({ stringValue: z.string() }) });
const HEX_TRACE = /^[0-9a-f]{32}$/;
const HEX_SPAN = /^[0-9a-f]{16}$/;

const Span = z.object({
  traceId: z.string().regex(HEX_TRACE),
  spanId: z.string().regex(HEX_SPAN),
  parentSpanId: z.string().regex(HEX_SPAN).optional(),
  name: z.string(),
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  endTimeUnixNano: z.string().regex(/^\d{19}$/),
  attributes: z.array(Attribute),
  status: z.object({ code: z.number() }),
});

const TraceRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(Attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});

const Score = z.object({
  id: z.string(),
  traceId: z.string().regex(HEX_TRACE),
  name: z.string(),
  value: z.number(),
  environment: z.string(),
  comment: z.string().optional(),
});

export type ReceivedSpan = Omit<z.output<typeof Span>, 'attributes'> & {
  readonly attributes: Readonly<Record<string, string>>;
};

type Answering = 'taking' | 'failing' | 'refusing' | 'silent';

export type LangfuseServer = Awaited<ReturnType<typeof startLangfuseServer>>;

/** A double of Langfuse's two ways in, OpenTelemetry traces and scores; it refuses what it cannot read. */
export async function startLangfuseServer(keys: { publicKey: string; secretKey: string }) {
  const spans: ReceivedSpan[] = [];
  const scores: z.output<typeof Score>[] = [];
  const bodies: string[] = [];
  const faults: string[] = [];
  let answering: Answering = 'taking';
  const token = Buffer.from(`${keys.publicKey}:${keys.secretKey}`).toString('base64');

  function take(path: string | undefined, body: unknown): object {
    if (path === '/api/public/scores') {
      const score = Score.parse(body);
      const index = scores.findIndex(({ id }) => id === score.id);
      scores.splice(index < 0 ? scores.length : index, 1, score);
      return { id: score.id };
    }
    if (path !== '/api/public/otel/v1/traces') throw new Error(`nothing is at ${path}`);
    for (const { scopeSpans } of TraceRequest.parse(body).resourceSpans) {
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(readSpan)));
    }
    return {};
  }

  function removeScore(path = ''): boolean {
    const index = scores.findIndex(({ id }) => path === `/api/public/scores/${id}`);
    return index >= 0 && scores.splice(index, 1).length > 0;
  }

  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    bodies.push(body);
    if (answering === 'silent') return;
    const reply = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (answering === 'failing') return void reply(503, { message: 'echo-canary' });
    if (answering === 'refusing') return void reply(400, { message: 'echo-canary' });
    if (request.headers.authorization !== `Basic ${token}`) return void reply(401, {});
    if (request.method === 'DELETE') return void reply(removeScore(request.url) ? 202 : 404, {});
    try {
      reply(200, take(request.url, JSON.parse(body)));
    } catch (error) {
      faults.push(String(error));
      reply(400, {});
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    spans,
    scores,
    bodies,
    /** What came and was not as Langfuse wants it. */
    faults,
    answer(how: Answering): void {
      answering = how;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function readSpan({ attributes, ...span }: z.output<typeof Span>): ReceivedSpan {
  const pairs = attributes.map(({ key, value }) => [key, value.stringValue]);
  return { ...span, attributes: Object.fromEntries(pairs) };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += String(part);
  return text;
}
