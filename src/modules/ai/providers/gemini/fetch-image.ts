import { AppError, invalid } from '#platform/errors/app-error';
import type { HttpClient } from '#platform/http-client/http-client';
import type { ChatRequest, ChatTurn, ImageInput } from '../../chat-model.ts';

type FetchOptions = {
  readonly httpClient: Pick<HttpClient, 'request'>;
  readonly signal: AbortSignal;
};

const MAX_IMAGE_BYTES = 10_485_760;
const MAX_REDIRECTS = 3;
const OK = 200;
const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif']);

/** The same request with its images in it: Gemini fetches none itself. */
export async function inlineImages(
  request: ChatRequest,
  options: FetchOptions,
): Promise<ChatRequest> {
  const turns = await Promise.all(request.turns.map((turn) => inlineTurn(turn, options)));
  return { ...request, turns };
}

async function inlineTurn(turn: ChatTurn, options: FetchOptions): Promise<ChatTurn> {
  if (!turn.images?.some(({ kind }) => kind === 'url')) return turn;
  return {
    ...turn,
    images: await Promise.all(turn.images.map((image) => inlineImage(image, options))),
  };
}

/** @throws VALIDATION_ERROR for an image that cannot be had, is too large, or is none */
async function inlineImage(
  image: ImageInput,
  { httpClient, signal }: FetchOptions,
): Promise<ImageInput> {
  if (image.kind === 'inline') return image;
  const { status, headers, body } = await httpClient
    .request(image.url, {
      headers: { accept: [...IMAGE_TYPES].join(', ') },
      maxResponseBytes: MAX_IMAGE_BYTES,
      maxRedirects: MAX_REDIRECTS,
      signal,
    })
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  if (status !== OK) throw refused('An image cannot be fetched', 'image.unavailable');
  const mimeType =
    String(headers['content-type'] ?? '')
      .split(';')[0]
      ?.trim()
      .toLowerCase() ?? '';
  if (!IMAGE_TYPES.has(mimeType)) {
    const message = 'Images must be PNG, JPEG, WebP, HEIC or HEIF';
    throw refused(message, 'image.type_unsupported');
  }
  return { kind: 'inline', mimeType, base64: body.toString('base64') };
}

/** The address is the caller's, so that what is wrong with it is the caller's too. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof AppError) || error.kind !== 'external') return error;
  return error.options.reason === 'response_too_large'
    ? refused(`An image has more than ${MAX_IMAGE_BYTES} bytes`, 'image.too_large')
    : refused('An image cannot be fetched', 'image.unavailable');
}

function refused(message: string, reason: string): AppError {
  return invalid([{ field: 'messages', message }], reason);
}
