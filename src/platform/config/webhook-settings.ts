import { z } from 'zod';
import { text } from './setting-kinds.ts';
import { setting } from './setting.ts';

const SECRET = /^(?:v1,)?(?:whsec_)?[A-Za-z0-9+/]{16,}={0,2}$/;

/** Secrets of the Standard Webhooks scheme; with a bar between them the old one and the new both hold. */
const signingSecrets = text
  .transform((value): readonly string[] => value.split('|').map((secret) => secret.trim()))
  .refine((secrets) => secrets.every((secret) => SECRET.test(secret)), {
    error: 'must be a signing secret, whsec_ and Base64, or several with | between them',
  });

const EXAMPLE = 'whsec_ and what the provider shows beside the endpoint';

export const webhookSettings = z.object({
  clerkSecrets: setting(signingSecrets.optional(), {
    name: 'CLERK_WEBHOOK_SECRET',
    description: 'Signs what comes to /webhooks/clerk; unset: it answers 503',
    example: EXAMPLE,
    isSecret: true,
  }),
  supabaseSecrets: setting(signingSecrets.optional(), {
    name: 'SUPABASE_WEBHOOK_SECRET',
    description: 'Signs what comes to /webhooks/supabase; unset: it answers 503',
    example: EXAMPLE,
    isSecret: true,
  }),
});
