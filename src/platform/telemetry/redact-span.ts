import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { isSecretName, REDACTED, redactPath, redactText } from './redaction.ts';

/** A query may hold anything, and a path tells enough. */
const QUERY = 'url.query';
const URL_WITH_QUERY = /^(url\.full|http\.(url|target))$/;
const PATH = 'url.path';

/** Blanks out secrets in what instrumentations and errors wrote on a span, before it is sent. */
export function redactSpan(span: ReadableSpan): void {
  redactAttributes(span.attributes);
  for (const { attributes } of span.events) if (attributes) redactAttributes(attributes);
  if (span.status.message) span.status.message = redactText(span.status.message);
}

function redactAttributes(attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') attributes[name] = redactAttribute(name, value);
    else if (isSecretName(name)) attributes[name] = REDACTED;
  }
}

function redactAttribute(name: string, value: string): string {
  if (value === '') return value;
  if (name === QUERY || isSecretName(name)) return REDACTED;
  if (name === PATH) return redactText(redactPath(value));
  return redactText(URL_WITH_QUERY.test(name) ? redactPath(value.replace(/\?.*$/s, '')) : value);
}
