import { AppError } from '#platform/errors/app-error';
import { detectMimeType } from './detect-mime-type.ts';
import type { DocumentMimeType } from './document-mime-type.ts';

export type AllowMimeType = typeof allowMimeType;

/** The type of what can be made a document. @throws UNSUPPORTED_MEDIA_TYPE for the rest */
export async function allowMimeType(head: Uint8Array, name: string): Promise<DocumentMimeType> {
  const mimeType = await detectMimeType(head, name);
  if (mimeType) return mimeType;
  throw new AppError(
    'unsupported_media',
    `The content of "${name}" is none of PDF, DOCX, PPTX, XLSX, EPUB, e-mail, plain text, Markdown, HTML and CSV`,
    { reason: 'document.unsupported_type' },
  );
}
