import type { WebhookEventId } from '#shared/ids';

export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What a delivery says, once its signature is proved to be good. */
export type VerifiedWebhook = {
  /** The provider's own; a repeat has the same one. */
  readonly eventId: string;
  readonly type: string;
  readonly payload: unknown;
};

export type WebhookEvent = {
  readonly id: WebhookEventId;
  readonly type: string;
  readonly payload: unknown;
  readonly receivedAt: Date;
};

/** What became of an event; a parked one waits for somebody to look at it, and says why. */
export type WebhookOutcome =
  | { readonly status: 'processed' }
  | { readonly status: 'parked'; readonly reason: string };

/** A provider that tells us things; the module that understands them gives one. */
export type WebhookSource = {
  readonly provider: string;
  /** @throws BAD_REQUEST for a bad signature, SERVICE_UNAVAILABLE where no secret is set */
  readonly verify: (body: Buffer, headers: WebhookHeaders) => VerifiedWebhook;
  /** May be called again for the same event after a failure. */
  readonly handle: (event: WebhookEvent) => Promise<WebhookOutcome>;
};
