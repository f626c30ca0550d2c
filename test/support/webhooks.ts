import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export type Delivery = {
  readonly eventId?: string;
  readonly sentAt?: Date;
  /** What is sent, where it is not what was signed. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A provider of webhooks that signs by the Standard Webhooks scheme. */
export function createWebhookSender(
  url: string,
  options: { readonly secret: string; readonly brand: 'svix' | 'webhook' },
) {
  const { secret, brand } = options;
  const signer = new Webhook(secret);

  async function send(payload: unknown, delivery: Delivery = {}) {
    const { eventId = `msg_${randomUUID()}`, sentAt = new Date() } = delivery;
    const signed = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [`${brand}-id`]: eventId,
        [`${brand}-timestamp`]: String(Math.floor(sentAt.getTime() / 1000)),
        [`${brand}-signature`]: signer.sign(eventId, sentAt, signed),
        ...delivery.headers,
      },
      body: delivery.body ?? signed,
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  }

  return { send, sign: (eventId: string, body: string) => signer.sign(eventId, new Date(), body) };
}
