/** The one address for WebSockets. */
export const SOCKET_PATH = '/api/v1/ws';
