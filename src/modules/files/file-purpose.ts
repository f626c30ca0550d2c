import { AppError, invalid } from '#platform/errors/app-error';

export const FILE_PURPOSES = [
  'assistants',
  'batch',
  'evals',
  'fine-tune',
  'user_data',
  'vision',
] as const;

export type FilePurpose = (typeof FILE_PURPOSES)[number];

const LINES_OF_JSON = 'application/jsonl';
const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Undefined for a purpose that takes any file. */
const ALLOWED_TYPES: Readonly<Record<FilePurpose, readonly string[] | undefined>> = {
  assistants: undefined,
  batch: [LINES_OF_JSON],
  evals: undefined,
  'fine-tune': [LINES_OF_JSON],
  user_data: undefined,
  vision: IMAGES,
};

/** @throws VALIDATION_ERROR for a purpose that is none */
export function parsePurpose(value: string | undefined): FilePurpose {
  const purpose = FILE_PURPOSES.find((known) => known === value);
  if (purpose) return purpose;
  const message = `Must be one of ${FILE_PURPOSES.join(', ')}`;
  throw invalid([{ field: 'purpose', message }], 'file.unknown_purpose');
}

/** @throws UNSUPPORTED_MEDIA_TYPE for content that the purpose does not take */
export function assertFitsPurpose({
  name,
  mimeType,
  purpose,
}: {
  readonly name: string;
  readonly mimeType: string;
  readonly purpose: FilePurpose;
}): void {
  const allowed = ALLOWED_TYPES[purpose];
  if (!allowed || allowed.includes(mimeType)) return;
  throw new AppError(
    'unsupported_media',
    `"${name}" is ${mimeType}; for the purpose "${purpose}" it must be ${allowed.join(' or ')}`,
    { reason: 'file.unsupported_type' },
  );
}
