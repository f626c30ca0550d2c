import type { HostileFigures } from './hostile.ts';
import type { GatewayFigures } from './gateway.ts';
import type { Measurement } from './load.ts';
import type { JobsFigures } from './jobs.ts';
import type { MemoryRow } from './memory.ts';
import type { RowSecurityRow } from './row-security.ts';
import type { SearchFigures } from './search.ts';
import type { SignInFigures } from './sign-in.ts';
import type { StartFigures } from './start.ts';
import type { StreamsFigures } from './streams.ts';

type Row = { readonly name: string; readonly ours: Measurement; readonly twin: Measurement };

/** The round whose rate is in the middle, so that the figures of a row belong together. */
export function median(measurements: readonly Measurement[]): Measurement {
  const sorted = measurements.toSorted((a, b) => a.cpuMicrosEach - b.cpuMicrosEach);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** A Markdown table; the ratios are twin to ours by processor time, and ours to twin by rate. */
export function formatTable(rows: readonly Row[]): string {
  const header = [
    'case',
    'per s',
    'twin',
    'ratio',
    'p50 ms',
    'p99 ms',
    'twin p99',
    'CPU µs',
    'twin',
    'CPU ratio',
    'MB',
    'failed',
  ];
  const lines = rows.map(({ name, ours, twin }) => [
    name,
    ours.perSecond.toFixed(0),
    twin.perSecond.toFixed(0),
    (ours.perSecond / twin.perSecond).toFixed(2),
    ours.p50.toFixed(1),
    ours.p99.toFixed(1),
    twin.p99.toFixed(1),
    ours.cpuMicrosEach.toFixed(0),
    twin.cpuMicrosEach.toFixed(0),
    (twin.cpuMicrosEach / ours.cpuMicrosEach).toFixed(2),
    (ours.residentBytes / 1e6).toFixed(0),
    String(ours.failures + twin.failures),
  ]);
  return render(header, lines);
}

export function formatStart({ embeddedMs, serverMs, idleBytes }: StartFigures): string {
  const lines = [
    ['ready on embedded Postgres, warm folder', `${embeddedMs.toFixed(0)} ms`, '< 2000 ms'],
    ['ready on server Postgres', `${serverMs.toFixed(0)} ms`, '< 1000 ms'],
    ['idle memory on server Postgres', `${(idleBytes / 1e6).toFixed(0)} MB`, '< 200 MB'],
  ];
  return render(['start', 'ours', 'aim'], lines);
}

export function formatStreams(figures: StreamsFigures): string {
  const { idle, active, lag, tokens, otherP99, failures } = figures;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const milliseconds = (time: number) => `${time.toFixed(1)} ms`;
  return render(
    ['streams of one process', 'ours'],
    [
      ['memory before', megabytes(figures.bytesBefore)],
      [`with ${idle} idle ones`, megabytes(figures.bytesWithIdle)],
      [`with ${active} active ones too`, megabytes(figures.bytesWithActive)],
      [`lag of a token, p50 of ${tokens}`, milliseconds(lag.p50)],
      ['p95', milliseconds(lag.p95)],
      ['p99', milliseconds(lag.p99)],
      ['GET /users/me meanwhile, p99', milliseconds(otherP99)],
      ['failed', String(failures)],
    ],
  );
}

/** A Markdown table of resident memory, in megabytes. */
export function formatMemoryTable(rows: readonly MemoryRow[]): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const lines = rows.map(({ name, idleBytes, peakBytes, seconds }) => [
    name,
    megabytes(idleBytes),
    megabytes(peakBytes),
    megabytes(peakBytes - idleBytes),
    seconds.toFixed(1),
  ]);
  const header = ['case', 'idle MB', 'peak MB', 'above idle MB', 'seconds'];
  return render(header, lines);
}

/** What the guard of tenants costs a statement. */
export function formatRowSecurity(rows: readonly RowSecurityRow[]): string {
  const lines = rows.map(({ name, withMicros, withoutMicros }) => [
    name,
    withMicros.toFixed(0),
    withoutMicros.toFixed(0),
    (withMicros / withoutMicros).toFixed(2),
  ]);
  return render(['row-level security', 'µs with', 'µs without', 'ratio'], lines);
}

/** What a search by words takes. */
export function formatSearch(rows: readonly SearchFigures[]): string {
  const lines = rows.map(({ name, passages, p50, p95, aimMs }) => [
    name,
    String(passages),
    p50.toFixed(1),
    p95.toFixed(1),
    `p95 < ${aimMs}`,
  ]);
  return render(['search', 'passages', 'p50 ms', 'p95 ms', 'aim'], lines);
}

export function formatJobs(figures: JobsFigures): string {
  const { finishedRows, startP95Ms, claimP99Ms, perSecond } = figures;
  const lines = [
    ['p95 ms from the commit to the start', startP95Ms.toFixed(1), '< 100'],
    ['p99 ms of taking one', claimP99Ms.toFixed(1), '< 20'],
    ['jobs per s that do nothing', perSecond.toFixed(0), '≥ 500'],
  ];
  return render(
    [`jobs, beside ${finishedRows.toLocaleString('en')} finished`, 'ours', 'aim'],
    lines,
  );
}

export function formatSignIn(figures: SignInFigures): string {
  const { loginsPerSecond, rawPerSecond, othersP99Ms, knownMs, unknownMs } = figures;
  return render(
    ['sign-in', 'ours', 'reference', 'ratio'],
    [
      [
        'logins per s, beside argon2id alone',
        loginsPerSecond.toFixed(1),
        rawPerSecond.toFixed(1),
        (loginsPerSecond / rawPerSecond).toFixed(2),
      ],
      ['p99 ms of GET /users/me meanwhile', othersP99Ms.toFixed(0), '100', ''],
      [
        'refused login in ms: known account, unknown account',
        knownMs.toFixed(1),
        unknownMs.toFixed(1),
        (knownMs / unknownMs).toFixed(2),
      ],
    ],
  );
}

/** What the gateway adds, beside the model alone and a pipe before it. */
export function formatGateway({ firstTokens, completions, ...ledger }: GatewayFigures): string {
  const { direct, pipe, ours } = firstTokens;
  const times = (name: string, of: 'p50' | 'p95', aim: string) => [
    `${name}, ms to the first token`,
    direct[of].toFixed(1),
    pipe[of].toFixed(1),
    ours[of].toFixed(1),
    `+${(ours[of] - direct[of]).toFixed(1)}`,
    aim,
  ];
  const perCore = ({ cpuMicrosEach }: Measurement) => (1e6 / cpuMicrosEach).toFixed(0);
  const failures = sumOf([direct, pipe, ours, completions.pipe, completions.ours]);
  return render(
    ['gateway', 'direct', 'bare pipe', 'ours', 'added', 'aim'],
    [
      times('50 open streams, p50', 'p50', '≤ +3'),
      times('50 open streams, p95', 'p95', '≤ +10'),
      [
        'CPU µs an answer of 200 tokens',
        '',
        pipe.cpuMicrosEach.toFixed(0),
        ours.cpuMicrosEach.toFixed(0),
        '',
        '',
      ],
      [
        'short completions per s',
        '',
        completions.pipe.perSecond.toFixed(0),
        completions.ours.perSecond.toFixed(0),
        '',
        '',
      ],
      [
        'the same per s of one core',
        '',
        perCore(completions.pipe),
        perCore(completions.ours),
        '',
        '≥ 150',
      ],
      [
        'CPU µs a short completion',
        '',
        completions.pipe.cpuMicrosEach.toFixed(0),
        completions.ours.cpuMicrosEach.toFixed(0),
        '',
        '',
      ],
      [
        'answers in the ledger, for those read to their end',
        '',
        '',
        `${ledger.billed} for ${ledger.answered}`,
        '',
        'no fewer',
      ],
      ['failed', '', '', String(failures), '', '0'],
    ],
  );
}

export function formatHostile({ alone, meanwhile, documents, wrong }: HostileFigures): string {
  const factor = meanwhile.p99 / alone.p99;
  return render(
    [
      `reads beside ${documents} hostile documents`,
      'alone, at worst',
      'meanwhile, at worst',
      'factor',
      'aim',
    ],
    [
      ['p50, ms', alone.p50.toFixed(1), meanwhile.p50.toFixed(1), '', ''],
      ['p99, ms', alone.p99.toFixed(1), meanwhile.p99.toFixed(1), factor.toFixed(2), '< 2'],
      ['failed', String(alone.failures), String(meanwhile.failures), '', '0'],
      ['documents that ended otherwise', '', String(wrong), '', '0'],
    ],
  );
}

function sumOf(measured: readonly { readonly failures: number }[]): number {
  return measured.reduce((total, { failures }) => total + failures, 0);
}

function render(header: readonly string[], lines: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
