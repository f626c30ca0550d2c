// A model endpoint with OpenAI's wire form and no thinking time: its first token comes at once, and another each few
// milliseconds; a short answer comes at once as a whole.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [port] = process.argv.slice(2);
const MOST_TOKENS = 200;
/** Fifty tokens a second, as hosted models write them. */
const TOKEN_INTERVAL_MS = 20;
const SHORT_TOKENS = 16;
/** Who asks for the time gets it, by the clock that the bench measures with. */
const STAMP_INTERVAL_MS = 50;
const STAMPS = 100;
const HEAD = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 0, model: 'bench' };
const TOKEN_FRAME = frame({ content: 'token ' });

createServer(async (incoming, outgoing) => {
  const body = JSON.parse((await readBody(incoming)) || '{}');
  const limit = body.max_tokens ?? body.max_completion_tokens ?? MOST_TOKENS;
  const tokens = Math.min(limit, MOST_TOKENS);
  if (/time/.test(body.messages?.at(-1)?.content ?? '')) stamp(outgoing);
  else if (body.stream) stream(outgoing, tokens);
  else complete(outgoing, tokens);
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

function stream(outgoing: ServerResponse, tokens: number): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  if (tokens <= SHORT_TOKENS)
    return void outgoing.end(TOKEN_FRAME.repeat(tokens) + lastFrames(tokens));
  outgoing.write(TOKEN_FRAME);
  let sent = 1;
  const writeNext = () => {
    if (sent++ < tokens) return void outgoing.write(TOKEN_FRAME);
    clearInterval(timer);
    outgoing.end(lastFrames(tokens));
  };
  // Answers know nothing of each other: those that began whole intervals apart must not write in step.
  let timer = setTimeout(() => {
    writeNext();
    timer = setInterval(writeNext, TOKEN_INTERVAL_MS);
  }, Math.random() * TOKEN_INTERVAL_MS);
  outgoing.on('close', () => clearInterval(timer));
}

function stamp(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const timer = setInterval(() => {
    const now = performance.timeOrigin + performance.now();
    if (sent++ < STAMPS) return void outgoing.write(frame({ content: `${now.toFixed(3)} ` }));
    clearInterval(timer);
    outgoing.end(lastFrames(STAMPS));
  }, STAMP_INTERVAL_MS);
  outgoing.on('close', () => clearInterval(timer));
}

function complete(outgoing: ServerResponse, tokens: number): void {
  const message = { role: 'assistant', content: 'token '.repeat(tokens) };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  const completion = { ...HEAD, object: 'chat.completion', choices, usage: usageOf(tokens) };
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion));
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const part of incoming) text += part;
  return text;
}

function lastFrames(tokens: number): string {
  const usage = { ...HEAD, choices: [], usage: usageOf(tokens) };
  return `${frame({}, 'stop')}data: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`;
}

function usageOf(tokens: number) {
  return { prompt_tokens: 50, completion_tokens: tokens, total_tokens: 50 + tokens };
}

function frame(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ ...HEAD, choices })}\n\n`;
}
