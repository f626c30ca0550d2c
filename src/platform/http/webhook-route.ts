import { z } from 'zod';
import type { WebhookHeaders } from '#platform/incoming-webhooks/webhook-source';
import type { App } from './route-contract.ts';
import type { ZodTypeProvider } from './type-provider.ts';

export type WebhookRoute = {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** Gets the bytes as they came, for a signature is of those. */
  readonly receive: (body: Buffer, headers: WebhookHeaders) => Promise<void>;
};

const MAX_BODY_BYTES = 1_048_576;

export const WebhookReceipt = z
  .object({ received: z.literal(true) })
  .meta({ id: 'WebhookReceipt' });

/** Adds a route that a provider calls; whatever type the body says it has, nobody parses it here. */
export function registerWebhookRoute(app: App, { path, receive, ...words }: WebhookRoute): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.withTypeProvider<ZodTypeProvider>().post(
      path,
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { ...words, tags: ['webhooks'], response: { 200: WebhookReceipt } },
        config: { access: 'public', rateLimit: 'webhook' },
      },
      async ({ body, headers }) => {
        await receive(Buffer.isBuffer(body) ? body : Buffer.alloc(0), headers);
        return { received: true as const };
      },
    );
    done();
  });
}
