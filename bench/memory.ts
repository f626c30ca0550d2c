import type { ServerProcess } from './server-process.ts';
import type { BenchAccount } from './sign-up.ts';
import { upload } from './upload.ts';

const MEGABYTE = 1_000_000;
const SAMPLE_MS = 20;
const POLL_MS = 100;
const READY_TIMEOUT_MS = 600_000;

export type MemoryRow = {
  readonly name: string;
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly seconds: number;
};

type Target = { readonly server: ServerProcess; readonly account: BenchAccount };

/** What the upload of a large file costs in resident memory above the idle server, which runs no jobs. */
export function measureUpload(
  target: Target,
  { megabytes }: { megabytes: number },
): Promise<MemoryRow> {
  const file = makeTextFile(megabytes);
  return sampleMemory(target.server, `upload of ${megabytes} MB`, async () => {
    await upload(target, file);
  });
}

/** What the ingestion of a large text costs, from its upload until it can be searched. */
export function measureIngestion(
  target: Target,
  { megabytes }: { megabytes: number },
): Promise<MemoryRow> {
  const file = makeTextFile(megabytes);
  return sampleMemory(target.server, `ingestion of ${megabytes} MB of text`, async () => {
    await waitUntilReady(target, await upload(target, file));
  });
}

async function sampleMemory(
  server: ServerProcess,
  name: string,
  work: () => Promise<void>,
): Promise<MemoryRow> {
  const idleBytes = server.residentBytes();
  let peakBytes = idleBytes;
  const timer = setInterval(
    () => (peakBytes = Math.max(peakBytes, server.residentBytes())),
    SAMPLE_MS,
  );
  const startedAt = performance.now();
  await work();
  clearInterval(timer);
  return { name, idleBytes, peakBytes, seconds: (performance.now() - startedAt) / 1000 };
}

async function waitUntilReady({ account }: Target, documentUrl: string): Promise<void> {
  const headers = { authorization: `Bearer ${account.accessToken}` };
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const document = JSON.parse(await (await fetch(documentUrl, { headers })).text());
    if (document.status === 'ready') return;
    if (document.status === 'failed') throw new Error(`the ingestion failed: ${document.error}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('the document is not ready in time');
}

/** English-like text whose words differ, so that no part is a repetition of another. */
function makeTextFile(megabytes: number): File {
  const parts: string[] = [];
  let bytes = 0;
  for (let line = 0; bytes < megabytes * MEGABYTE; line += 1) {
    const text = `Paragraph ${line} reports that machine ${line * 7} moved ${line % 997} crates to hall ${line % 31}.\n\n`;
    parts.push(text);
    bytes += text.length;
  }
  return new File(parts, `text-${megabytes}.txt`);
}
