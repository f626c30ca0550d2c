import { z } from 'zod';
import { integer } from './setting-kinds.ts';
import { setting } from './setting.ts';

export const agentSettings = z.object({
  maxSteps: setting(integer({ min: 1, max: 50 }).prefault('8'), {
    name: 'AGENT_MAX_STEPS',
    description: 'Calls of the model that one run may make, unless its agent says otherwise',
  }),
});
