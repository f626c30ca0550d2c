import { z } from 'zod';
import { oneOf, text, webUrl } from './setting-kinds.ts';
import { setting } from './setting.ts';

export const langfuseSettings = z.object({
  publicKey: setting(text.optional(), {
    name: 'LANGFUSE_PUBLIC_KEY',
    description: 'With the secret key: sends traces of model calls to Langfuse',
    example: 'pk-lf-…',
  }),
  secretKey: setting(text.optional(), {
    name: 'LANGFUSE_SECRET_KEY',
    description: 'Belongs to the public key',
    example: 'sk-lf-…',
    isSecret: true,
  }),
  url: setting(webUrl.prefault('https://cloud.langfuse.com'), {
    name: 'LANGFUSE_HOST',
    description: 'Address of Langfuse: a region of its cloud, or your own',
  }),
  content: setting(oneOf(['full', 'none']).prefault('full'), {
    name: 'LANGFUSE_CONTENT',
    description: 'full sends prompts, answers and passages as well, none only figures and ids',
  }),
});
