import { isUtf8 } from 'node:buffer';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { AppError } from '#platform/errors/app-error';
import type { VerifiedWebhook, WebhookHeaders } from './webhook-source.ts';

export type StandardWebhookOptions = {
  /** `whsec_…`; while one takes another's place, both. */
  readonly secrets: readonly string[] | undefined;
  /** The setting that is to hold them. */
  readonly setting: string;
  readonly typeOf: (payload: unknown) => string | undefined;
};

const Delivery = z.object({
  id: z.string().min(1).max(255),
  timestamp: z.string(),
  signature: z.string(),
});
const MAX_TYPE_LENGTH = 100;
/** A version before the secret, as one provider writes it. */
const VERSION = /^v1,/;

/** Checks deliveries of the Standard Webhooks scheme, on the bytes as they came. */
export function createStandardVerifier(options: StandardWebhookOptions) {
  const { secrets, setting, typeOf } = options;
  const keys = (secrets ?? []).map((secret) => new Webhook(secret.replace(VERSION, '')));

  return (body: Buffer, headers: WebhookHeaders): VerifiedWebhook => {
    if (keys.length === 0) throw notConfigured(setting);
    // The scheme began under a brand's name, which some providers still use.
    const prefix = headers['svix-id'] === undefined ? 'webhook' : 'svix';
    const delivery = Delivery.safeParse({
      id: headers[`${prefix}-id`],
      timestamp: headers[`${prefix}-timestamp`],
      signature: headers[`${prefix}-signature`],
    });
    if (!delivery.success || !isUtf8(body)) throw badSignature();
    const text = body.toString('utf8');
    const { id, timestamp, signature } = delivery.data;
    const signed = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    };
    if (!keys.some((key) => isSignedBy(key, text, signed))) throw badSignature();
    const payload = parseJson(text);
    return { eventId: id, type: (typeOf(payload) ?? 'unknown').slice(0, MAX_TYPE_LENGTH), payload };
  };
}

function isSignedBy(key: Webhook, text: string, headers: Record<string, string>): boolean {
  try {
    key.verify(text, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('bad_request', 'The body is not JSON', { cause });
  }
}

function badSignature(): AppError {
  return new AppError('bad_request', 'The signature does not fit', {
    reason: 'webhook.bad_signature',
  });
}

function notConfigured(setting: string): AppError {
  return new AppError('unavailable', `These webhooks need a secret: set ${setting}`, {
    reason: 'webhook.not_configured',
    details: { setting },
  });
}
