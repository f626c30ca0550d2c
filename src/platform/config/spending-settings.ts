import { z } from 'zod';
import { integer } from './setting-kinds.ts';
import { setting } from './setting.ts';

const streams = integer({ min: 1, max: 100_000 });

export const spendingSettings = z.object({
  streamsFree: setting(streams.prefault('2'), {
    name: 'CONCURRENT_STREAMS_FREE',
    description: 'Answers that a team of tier free may be given at a time',
  }),
  streamsPro: setting(streams.prefault('10'), {
    name: 'CONCURRENT_STREAMS_PRO',
    description: 'Answers that a team of tier pro may be given at a time',
  }),
  streamsEnterprise: setting(streams.prefault('50'), {
    name: 'CONCURRENT_STREAMS_ENTERPRISE',
    description: 'Answers that a team of tier enterprise may be given at a time',
  }),
});
