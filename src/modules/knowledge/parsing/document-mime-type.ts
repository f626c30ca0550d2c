export const PDF = 'application/pdf' as const;
export const DOCX =
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document' as const;
export const PLAIN_TEXT = 'text/plain' as const;
export const MARKDOWN = 'text/markdown' as const;
export const HTML = 'text/html' as const;
export const CSV = 'text/csv' as const;

export const DOCUMENT_MIME_TYPES = [PDF, DOCX, PLAIN_TEXT, MARKDOWN, HTML, CSV] as const;

export type DocumentMimeType = (typeof DOCUMENT_MIME_TYPES)[number];
