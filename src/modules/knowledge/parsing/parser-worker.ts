import { parentPort } from 'node:worker_threads';
import { answerRequests } from './answer-requests.ts';
import { lowerThreadPriority } from './lower-thread-priority.ts';

// A thread of its own, so that a long or hostile document never blocks the event loop and can be killed.
if (parentPort) {
  lowerThreadPriority();
  await answerRequests(parentPort);
}
