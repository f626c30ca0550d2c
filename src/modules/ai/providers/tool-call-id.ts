import { newId } from '#shared/ids';

/** The id of a call for an endpoint that gives it none. */
export function makeToolCallId(): string {
  return `call_${newId()}`;
}
