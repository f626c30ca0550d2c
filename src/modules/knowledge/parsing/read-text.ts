import type { AllowMimeType } from './allow-mime-type.ts';
import type { DocumentParser } from './parsed-document.ts';

export type TextSource = {
  readonly content: Uint8Array;
  /** By its ending, kinds of text are told apart. */
  readonly name: string;
  /** More than this is not read. */
  readonly maxCharacters: number;
};

/** @throws UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR for what cannot be parsed */
export type ReadText = (source: TextSource, signal: AbortSignal) => Promise<string>;

/** Reads what is no document of ours as text, by the parsers of documents. */
export function createTextReader(dependencies: {
  readonly parser: Pick<DocumentParser, 'parse'>;
  readonly allowMimeType: AllowMimeType;
}): ReadText {
  const { parser, allowMimeType } = dependencies;
  return async ({ content, name, maxCharacters }, signal) => {
    const mimeType = await allowMimeType(content, name);
    const source = { mimeType, content: once(content), sizeBytes: content.byteLength };
    const { blocks } = await parser.parse(source, signal);
    let text = '';
    for await (const block of blocks) {
      text += block.text;
      if (text.length > maxCharacters) break;
    }
    return text.slice(0, maxCharacters).toWellFormed();
  };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
