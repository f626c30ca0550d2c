// The near limit of Node on this machine: node:http and pg with prepared statements, and no checks at all.
// Each route does the work of ours: a statement for who is asking, then one for what is asked.
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const [port, databaseUrl, modelUrl, userId, teamId] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });

const COLUMNS = 'id, name, description, owner_id, team_id, created_at, updated_at';
const STATEMENTS = {
  user: 'select id, email, username, first_name, last_name, role, is_active, created_at from users where id = $1',
  list: `select ${COLUMNS}, count(*) over () as total from projects where team_id = $1 and deleted_at is null order by created_at desc, id desc limit 20`,
  read: `select ${COLUMNS} from projects where id = $1 and team_id = $2 and deleted_at is null`,
  create: `insert into projects (id, team_id, owner_id, name) values ($1, $2, $3, $4) returning ${COLUMNS}`,
  message: `insert into bench_messages (id, content) values ($1, $2)`,
} as const;

async function query(name: keyof typeof STATEMENTS, values: unknown[]): Promise<unknown[]> {
  return (await pool.query({ name, text: STATEMENTS[name], values })).rows;
}

const server = createServer((incoming, outgoing) => {
  answer(incoming, outgoing).catch((error) => outgoing.writeHead(500).end(String(error)));
});
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const url = incoming.url ?? '/';
  if (url === '/health') return sendJson(outgoing, { status: 'ok' });
  const [user] = await query('user', [userId]);
  if (url === '/api/v1/users/me') return sendJson(outgoing, user);
  if (url.startsWith('/api/v1/projects/')) {
    const id = url.slice('/api/v1/projects/'.length);
    return sendJson(outgoing, (await query('read', [id, teamId]))[0]);
  }
  if (url.startsWith('/api/v1/projects') && incoming.method === 'GET') {
    return sendJson(outgoing, { items: await query('list', [teamId]) });
  }
  const body = JSON.parse(await readBody(incoming));
  if (url === '/api/v1/projects') {
    const values = [randomUUID(), teamId, userId, body.name];
    return sendJson(outgoing, (await query('create', values))[0]);
  }
  return streamChat(outgoing, body.message);
}

function sendJson(outgoing: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  outgoing.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const part of incoming) text += part;
  return text;
}

async function streamChat(outgoing: ServerResponse, message: string): Promise<void> {
  await query('message', [randomUUID(), message]);
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  const upstream = httpRequest(`${modelUrl}/chat/completions`, { method: 'POST' });
  upstream.end(JSON.stringify({ stream: true, messages: [{ role: 'user', content: message }] }));
  const [reply] = await once(upstream, 'response');
  reply.setEncoding('utf8');
  let rest = '';
  let text = '';
  let id = 0;
  for await (const part of reply) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    let frames = '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const content = JSON.parse(line.slice(6)).choices[0]?.delta?.content;
      if (!content) continue;
      text += content;
      frames += `id: ${++id}\ndata: ${JSON.stringify({ type: 'token', content })}\n\n`;
    }
    if (frames) outgoing.write(frames);
  }
  await query('message', [randomUUID(), text]);
  outgoing.end('data: [DONE]\n\n');
}
