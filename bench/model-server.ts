// A model endpoint with OpenAI's wire form and no thinking time: 200 tokens, one each few milliseconds.
import { createServer } from 'node:http';

const [port] = process.argv.slice(2);
const TOKENS = 200;
const TOKEN_INTERVAL_MS = 10;
const USAGE = { prompt_tokens: 50, completion_tokens: TOKENS, total_tokens: 50 + TOKENS };

createServer((incoming, outgoing) => {
  incoming.resume();
  incoming.on('end', () => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ < TOKENS) return void outgoing.write(frame({ content: 'token ' }));
      clearInterval(timer);
      outgoing.write(frame({}, 'stop'));
      outgoing.end(
        `data: ${JSON.stringify({ ...base(), choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`,
      );
    }, TOKEN_INTERVAL_MS);
    outgoing.on('close', () => clearInterval(timer));
  });
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

function base() {
  return { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 0, model: 'bench' };
}

function frame(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ ...base(), choices })}\n\n`;
}
