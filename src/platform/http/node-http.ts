// Imported as a module, `node:http` also loads Node's own WebSocket client, which only costs time at a start.
export const { IncomingMessage, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule('node:http');
