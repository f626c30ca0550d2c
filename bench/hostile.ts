import { HOSTILE_DOCUMENTS } from '../src/modules/knowledge/parsing/testing/hostile-documents.ts';
import { loadWithRequests, type Measurement } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import type { BenchAccount } from './sign-up.ts';
import { upload } from './upload.ts';

export type HostileFigures = {
  readonly alone: Measurement;
  readonly meanwhile: Measurement;
  readonly documents: number;
  readonly wrong: number;
};

type Target = { readonly server: ServerProcess; readonly account: BenchAccount };

const CONNECTIONS = 8;
/** About as many as fit into the time that the documents take. */
const SLICES = 8;
const POLL_MS = 200;
const GIVE_UP_MS = 300_000;
const NOWHERE = 'http://127.0.0.1:9/';

/** What others feel of hostile documents: reads of a project by themselves, then while each of the documents is ingested. */
export async function measureHostile(
  target: Target,
  { seconds }: { seconds: number },
): Promise<HostileFigures> {
  const bodies = [];
  for (const { build, ...document } of HOSTILE_DOCUMENTS)
    bodies.push({ ...document, bytes: Uint8Array.from(await build(NOWHERE)) });
  await read(target, seconds);
  const before: Measurement[] = [];
  while (before.length < SLICES) before.push(await read(target, seconds));
  const urls: { url: string; outcome: string }[] = [];
  for (const { fileName, outcome, bytes } of bodies)
    urls.push({ url: await upload(target, new File([bytes], fileName)), outcome });
  const ended = waitForAll(target, urls);
  const progress = { hasEnded: false };
  void ended.then(() => (progress.hasEnded = true));
  const slices: Measurement[] = [];
  while (!progress.hasEnded) slices.push(await read(target, seconds));
  const wrong = await ended;
  return { alone: worstOf(before), meanwhile: worstOf(slices), documents: urls.length, wrong };
}

/** The worst of several, on both sides: a busy machine has a bad moment now and then. */
function worstOf(slices: readonly Measurement[]): Measurement {
  const [worst] = slices.toSorted((one, other) => other.p99 - one.p99);
  if (!worst) throw new Error('nothing was measured');
  return worst;
}

function read({ server, account }: Target, seconds: number): Promise<Measurement> {
  const headers = { authorization: `Bearer ${account.accessToken}` };
  const path = `/api/v1/projects/${account.projectId}`;
  return loadWithRequests(
    server,
    { method: 'GET', path, headers },
    { connections: CONNECTIONS, seconds },
  );
}

/** How many ended otherwise than they should have. */
async function waitForAll(
  { account }: Target,
  documents: readonly { readonly url: string; readonly outcome: string }[],
): Promise<number> {
  const headers = { authorization: `Bearer ${account.accessToken}` };
  const deadline = Date.now() + GIVE_UP_MS;
  let wrong = 0;
  for (const { url, outcome } of documents) {
    for (;;) {
      const document = JSON.parse(await (await fetch(url, { headers })).text());
      const hasEnded = document.status === 'ready' || document.status === 'failed';
      const isLate = Date.now() > deadline;
      if ((hasEnded || isLate) && (document.error_reason ?? document.status) !== outcome)
        wrong += 1;
      if (hasEnded || isLate) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  return wrong;
}
