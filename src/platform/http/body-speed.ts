import type { IncomingMessage } from 'node:http';

export type BodySpeed = {
  readonly windowMs: number;
  /** A body that brings less than this in a window is given up. */
  readonly minimumBytes: number;
};

/** Calls `onTooSlow` once when the rest of the body drips in too slowly; ends by itself with the body. */
export function watchBodySpeed(
  raw: IncomingMessage,
  speed: BodySpeed,
  onTooSlow: () => void,
): void {
  if (raw.complete) return;
  let bytesBefore = raw.socket.bytesRead;
  const timer = setInterval(() => {
    const bytesNow = raw.socket.bytesRead;
    // A body that nobody takes at the moment is not slow by the client's fault.
    const isHeldBack = raw.isPaused() || raw.readableLength >= raw.readableHighWaterMark;
    const isSlow = bytesNow - bytesBefore < speed.minimumBytes && !isHeldBack;
    bytesBefore = bytesNow;
    if (raw.complete || raw.destroyed) return clearInterval(timer);
    if (!isSlow) return undefined;
    clearInterval(timer);
    return onTooSlow();
  }, speed.windowMs);
  timer.unref();
  raw.once('close', () => clearInterval(timer));
}

export function hasBody(raw: IncomingMessage): boolean {
  const length = raw.headers['content-length'];
  return raw.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
