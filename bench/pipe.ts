// The near limit of a gateway in Node: node:http that hands each request on to the model, and its answer back, and
// does nothing else.
import { Agent, createServer, request } from 'node:http';

const [port, modelOrigin] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

createServer((incoming, outgoing) => {
  if (incoming.method === 'GET') return void outgoing.end('ok');
  const { method, url, headers } = incoming;
  const onward = request(`${modelOrigin}${url}`, { method, headers, agent });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
