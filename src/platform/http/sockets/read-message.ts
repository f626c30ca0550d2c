import { AppError, invalid } from '#platform/errors/app-error';
import { isDeeperThan, MAX_JSON_DEPTH } from '../json-body.ts';
import { readAs } from './read-as.ts';
import { ClientMessage } from './socket-messages.ts';

/** @throws BAD_REQUEST for what is no JSON, VALIDATION_ERROR */
export function readMessage(text: string): ClientMessage {
  return readAs(ClientMessage, parse(text));
}

function parse(text: string): unknown {
  const value = parseJson(text);
  if (!isDeeperThan(value, MAX_JSON_DEPTH)) return value;
  const message = `Nests deeper than ${MAX_JSON_DEPTH} levels`;
  throw invalid([{ field: 'message', message }], 'too_deep');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('bad_request', 'The message is not JSON');
  }
}
