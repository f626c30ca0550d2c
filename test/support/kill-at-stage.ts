// Preloaded into a process of the product: ends it as a crash would, in the moment when the ingestion that the file
// KILL_FILE names gets to a point of its way. Without the file it does nothing.
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const KillPoint = z.object({ title: z.string(), stage: z.string(), moment: z.string() });

const { KILL_FILE } = process.env;
if (KILL_FILE !== undefined) {
  subscribe('groundwork:ingestion.stage', (message) => {
    if (isAt(KillPoint.parse(message), KILL_FILE)) process.kill(process.pid, 'SIGKILL');
  });
}

function isAt(now: z.output<typeof KillPoint>, path: string): boolean {
  const wanted = readPoint(path);
  return wanted?.title === now.title && wanted.stage === now.stage && wanted.moment === now.moment;
}

function readPoint(path: string): z.output<typeof KillPoint> | undefined {
  try {
    return KillPoint.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
