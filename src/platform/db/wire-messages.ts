const TYPE_LENGTH = 1;

/** The type letters of the messages in a run of wire-protocol bytes. */
function* messageTypes(bytes: Uint8Array): Generator<string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += TYPE_LENGTH + view.getInt32(at + TYPE_LENGTH)) {
    yield String.fromCharCode(view.getUint8(at));
  }
}

const STARTUP = 0;
// Execute, and a simple query.
const ASKS = new Set(['E', 'Q']);
// Complete, empty query, portal suspended, copy in.
const ANSWERS = new Set(['C', 'I', 's', 'G']);
const ERROR = 'E';

/**
 * Whether each statement of a batch was answered, by an end or by an error. The embedded engine swallows
 * what its code throws (an overflow of the stack, memory it cannot get), and then answers as if a
 * statement had never been asked.
 */
export function isAnswered(request: Uint8Array, reply: Uint8Array): boolean {
  if (request[0] === STARTUP) return true;
  let due = 0;
  for (const type of messageTypes(request)) if (ASKS.has(type)) due += 1;
  for (const type of messageTypes(reply)) {
    if (type === ERROR) return true;
    if (ANSWERS.has(type)) due -= 1;
  }
  return due <= 0;
}
