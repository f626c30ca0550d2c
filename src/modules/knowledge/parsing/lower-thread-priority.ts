import { readlinkSync } from 'node:fs';
import { constants, platform, setPriority } from 'node:os';
import { basename } from 'node:path';

/** What is left of a busy processor, about a tenth, is enough for common documents to be read in their time. */
export const PARSER_PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Has the threads that answer requests go before this one where processors are few. Linux counts the priority of
 * each thread for itself; elsewhere only that of the whole process can be changed, and nothing is done.
 */
export function lowerThreadPriority(): void {
  if (platform() !== 'linux') return;
  const threadId = Number(basename(readlinkSync('/proc/thread-self')));
  setPriority(threadId, PARSER_PRIORITY);
}
