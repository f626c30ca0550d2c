const OFFICE = 'application/vnd.openxmlformats-officedocument' as const;

export const PDF = 'application/pdf' as const;
export const DOCX = `${OFFICE}.wordprocessingml.document` as const;
export const PPTX = `${OFFICE}.presentationml.presentation` as const;
export const XLSX = `${OFFICE}.spreadsheetml.sheet` as const;
export const EPUB = 'application/epub+zip' as const;
export const EMAIL = 'message/rfc822' as const;
export const PLAIN_TEXT = 'text/plain' as const;
export const MARKDOWN = 'text/markdown' as const;
export const HTML = 'text/html' as const;
export const CSV = 'text/csv' as const;

export const DOCUMENT_MIME_TYPES = [
  PDF,
  DOCX,
  PPTX,
  XLSX,
  EPUB,
  EMAIL,
  PLAIN_TEXT,
  MARKDOWN,
  HTML,
  CSV,
] as const;

export type DocumentMimeType = (typeof DOCUMENT_MIME_TYPES)[number];
