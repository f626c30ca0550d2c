import { z } from 'zod';
import type { App } from '#platform/http/app';
import type { IncomingWebhooks } from '#platform/incoming-webhooks/incoming-webhooks';
import { createStandardVerifier } from '#platform/incoming-webhooks/standard-webhooks';
import type { ExternalUserService } from '../issuers/external-users.service.ts';
import type { Issuer } from '../issuers/issuer.ts';
import { readClerkEvent } from './read-clerk-event.ts';
import { readSupabaseEvent } from './read-supabase-event.ts';
import { registerUserWebhookRoutes } from './user-webhooks.routes.ts';
import { createUserWebhookService } from './user-webhooks.service.ts';

export type UserWebhookSettings = {
  readonly issuers: readonly Issuer[];
  readonly clerkSecrets?: readonly string[] | undefined;
  readonly supabaseSecrets?: readonly string[] | undefined;
};

export type UserWebhooksDependencies = {
  readonly webhooks: IncomingWebhooks;
  readonly externalUsers: ExternalUserService;
  readonly settings: UserWebhookSettings;
};

const Typed = z.object({ type: z.string().regex(/^[\w.-]+$/) });
const Hook = z.object({ metadata: z.object({ name: z.string().regex(/^[\w.-]+$/) }) });

/** The part of identity that listens to identity providers. */
export function createUserWebhooks({
  webhooks,
  externalUsers,
  settings,
}: UserWebhooksDependencies) {
  const { issuers, clerkSecrets, supabaseSecrets } = settings;
  const userWebhooks = createUserWebhookService({ externalUsers, issuers });
  webhooks.addSource({
    provider: 'clerk',
    verify: createStandardVerifier({
      secrets: clerkSecrets,
      setting: 'CLERK_WEBHOOK_SECRET',
      typeOf,
    }),
    handle: (event) => userWebhooks.handle(event, { preset: 'clerk', read: readClerkEvent }),
  });
  webhooks.addSource({
    provider: 'supabase',
    verify: createStandardVerifier({
      secrets: supabaseSecrets,
      setting: 'SUPABASE_WEBHOOK_SECRET',
      typeOf,
    }),
    handle: (event) => userWebhooks.handle(event, { preset: 'supabase', read: readSupabaseEvent }),
  });
  return { registerRoutes: (app: App) => registerUserWebhookRoutes(app, { webhooks }) };
}

function typeOf(payload: unknown): string | undefined {
  return Typed.safeParse(payload).data?.type ?? Hook.safeParse(payload).data?.metadata.name;
}
