import type { SocketEvent } from './socket-topic.ts';

/** The text of an event, whose own JSON text is taken as it is. */
export function formatEvent(name: string, event: SocketEvent): string {
  const data = 'json' in event ? event.json : JSON.stringify(event.data);
  const id = event.id === undefined ? '' : `"id":${event.id},`;
  return `{"type":"event","subscription":${JSON.stringify(name)},${id}"data":${data}}`;
}
