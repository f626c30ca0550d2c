import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { answerLocalModels } from './answer-local-models.ts';

// A thread of its own: a model computes for as long as it takes, and the event loop must go on meanwhile.
const { folder } = z.object({ folder: z.string() }).parse(workerData);
if (parentPort) answerLocalModels(parentPort, folder);
