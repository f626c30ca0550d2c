import { loadWithOpenStreams, middleOf, type FirstTokens } from './first-token.ts';
import { loadWithRequests, type Call, type Measurement } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import type { BenchAccount } from './sign-up.ts';
import { median } from './table.ts';

export type GatewayFigures = {
  readonly firstTokens: Readonly<Record<'direct' | 'pipe' | 'ours', FirstTokens>>;
  readonly completions: Readonly<Record<'pipe' | 'ours', Measurement>>;
  /** Answers that were read to their end; the ledger also has those that the load hung up on when its time was over. */
  readonly answered: number;
  readonly billed: number;
};

type Contenders = {
  readonly groundwork: ServerProcess;
  readonly pipe: ServerProcess;
  readonly model: ServerProcess;
};
type Pace = { readonly rounds: number; readonly seconds: number };
type Headers = Readonly<Record<string, string>>;

const STREAMS = 50;
const CONNECTIONS = 32;
const WARM_UPS = 2;
/** Never reached; what counts is that each call is held against them. */
const LIMITS = [
  { scope: 'team', window: 'month', unit: 'cost', amount: 1_000_000 },
  { scope: 'user', window: 'day', unit: 'tokens', amount: 1_000_000_000 },
];

/** What the gateway adds to a model that takes no time, with limits to hold and usage to write. */
export async function measureGateway(
  { groundwork, pipe, model }: Contenders,
  account: BenchAccount,
  { rounds, seconds }: Pace,
): Promise<GatewayFigures> {
  const { headers, countBilled } = await prepareAccount(groundwork, account);
  const openStreams = (server: ServerProcess) =>
    loadWithOpenStreams(server, streamCall(headers), { streams: STREAMS, seconds: seconds * 4 });
  const complete = (server: ServerProcess) =>
    loadWithRequests(server, completionCall(headers), { connections: CONNECTIONS, seconds });

  const streams = {
    direct: listOf<FirstTokens>(),
    pipe: listOf<FirstTokens>(),
    ours: listOf<FirstTokens>(),
  };
  const completions = { pipe: listOf<Measurement>(), ours: listOf<Measurement>() };
  // A gateway serves for weeks: what the compiler has not seen often is not what is measured.
  for (const server of [pipe, groundwork]) {
    for (let round = 0; round < WARM_UPS; round += 1) {
      await openStreams(server);
      await complete(server);
    }
  }
  const billedBefore = await countBilled();
  for (let round = 0; round < rounds; round += 1) {
    streams.direct.push(await openStreams(model));
    streams.pipe.push(await openStreams(pipe));
    streams.ours.push(await openStreams(groundwork));
    completions.pipe.push(await complete(pipe));
    completions.ours.push(await complete(groundwork));
  }
  return {
    firstTokens: {
      direct: middleOf(streams.direct),
      pipe: middleOf(streams.pipe),
      ours: middleOf(streams.ours),
    },
    completions: { pipe: median(completions.pipe), ours: median(completions.ours) },
    answered:
      sum(streams.ours.map(({ answers }) => answers)) +
      sum(completions.ours.map(({ answers }) => answers)),
    billed: (await countBilled()) - billedBefore,
  };
}

async function prepareAccount({ baseUrl }: ServerProcess, { accessToken }: BenchAccount) {
  const api = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${baseUrl}/api/v1${path}`, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return JSON.parse(await response.text());
  };
  for (const limit of LIMITS) await api('POST', '/spend-limits', limit);
  const { key } = await api('POST', '/api-keys', { name: 'Bench', scopes: ['write'] });
  return {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    countBilled: async (): Promise<number> => (await api('GET', '/usage/summary')).total.calls,
  };
}

function streamCall(headers: Headers): Call {
  return callWith({ stream: true }, headers);
}

/** The model answers it at once, as a whole. */
function completionCall(headers: Headers): Call {
  return callWith({ max_tokens: 8 }, headers);
}

function callWith(options: object, headers: Headers): Call {
  const messages = [{ role: 'user', content: 'Say something short.' }];
  const body = JSON.stringify({ model: 'bench', messages, ...options });
  return { method: 'POST', path: '/v1/chat/completions', headers, body };
}

function listOf<Item>(): Item[] {
  return [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
