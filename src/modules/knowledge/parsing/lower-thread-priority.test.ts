import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { PARSER_PRIORITY } from './lower-thread-priority.ts';
import { DEFAULT_PARSE_LIMITS } from './parse-limits.ts';
import { createParserThread } from './parser-thread.ts';

const MEMORY_BYTES = 128 * 1024 * 1024;

it.runIf(process.platform === 'linux')('has requests go before the work of a parser', async () => {
  const threads = () => readdirSync('/proc/self/task').map(Number);
  const before = new Set(threads());
  const parser = createParserThread({ memoryBytes: MEMORY_BYTES });
  try {
    const limits = DEFAULT_PARSE_LIMITS;
    const document = { kind: 'start', mimeType: 'text/plain', sizeBytes: 0, limits } as const;
    await parser.ask(document, limits.timeMs);
    const added = threads().filter((thread) => !before.has(thread));
    const priorities = added.map((thread) => getPriority(thread));
    expect(priorities).toContain(PARSER_PRIORITY);
    expect(getPriority()).toBe(0);
  } finally {
    await parser.kill();
  }
});
