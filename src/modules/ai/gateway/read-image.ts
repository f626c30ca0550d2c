import type { ImageInput } from '../chat-model.ts';

const MAX_URL_LENGTH = 2048;
const DATA_URL = /^data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z\d+/]+={0,2})$/;

/** An image by its address, or inside of it; undefined for any other. */
export function readImage(url: string): ImageInput | undefined {
  const [, mimeType, base64] = DATA_URL.exec(url) ?? [];
  if (mimeType && base64) return { kind: 'inline', mimeType, base64 };
  const isShort = url.length <= MAX_URL_LENGTH;
  return isShort && URL.parse(url)?.protocol === 'https:' ? { kind: 'url', url } : undefined;
}
