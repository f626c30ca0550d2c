import type { App } from '#platform/http/app';
import { registerWebhookRoute } from '#platform/http/webhook-route';
import type { IncomingWebhooks } from '#platform/incoming-webhooks/incoming-webhooks';

const DESCRIPTION =
  'The signature is checked on the bytes as they came, by the Standard Webhooks scheme. Each event is processed once.';

export function registerUserWebhookRoutes(
  app: App,
  { webhooks }: { webhooks: Pick<IncomingWebhooks, 'receive'> },
): void {
  registerWebhookRoute(app, {
    path: '/webhooks/clerk',
    operationId: 'receiveClerkWebhook',
    summary: 'Take an event about a user from Clerk',
    description: `${DESCRIPTION} Headers: \`svix-id\`, \`svix-timestamp\`, \`svix-signature\`.`,
    receive: (body, headers) => webhooks.receive('clerk', body, headers),
  });
  registerWebhookRoute(app, {
    path: '/webhooks/supabase',
    operationId: 'receiveSupabaseWebhook',
    summary: 'Take an event about a user from Supabase',
    description: `${DESCRIPTION} Headers: \`webhook-id\`, \`webhook-timestamp\`, \`webhook-signature\`.`,
    receive: (body, headers) => webhooks.receive('supabase', body, headers),
  });
}
