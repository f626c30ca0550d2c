import { TextDecoder } from 'node:util';

const BYTE_ORDER_MARKS = [
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const;

/** A decoder by the byte order mark; text without one is UTF-8. The mark itself is not part of the text. */
export function textDecoderFor(
  head: Uint8Array,
  options: { readonly fatal: boolean },
): TextDecoder {
  const mark = BYTE_ORDER_MARKS.find(({ bytes }) =>
    bytes.every((byte, index) => head[index] === byte),
  );
  return new TextDecoder(mark?.encoding ?? 'utf-8', options);
}

/** Text in parts, with line feeds as the only line ends, and without NUL, which no database text can hold. */
export async function* decodeText(content: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let carriageReturn = '';
  for await (const bytes of content) {
    decoder ??= textDecoderFor(bytes, { fatal: false });
    const part = carriageReturn + decoder.decode(bytes, { stream: true });
    // A carriage return at the end may be half of a line end that the next part completes.
    carriageReturn = part.endsWith('\r') ? '\r' : '';
    yield tidyText(carriageReturn ? part.slice(0, -1) : part);
  }
  yield tidyText(carriageReturn + (decoder?.decode() ?? ''));
}

export function tidyText(text: string): string {
  const stripped = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return stripped.includes('\r') ? stripped.replaceAll(/\r\n?/g, '\n') : stripped;
}

/** Without halves of surrogate pairs, which are no characters and which databases refuse. */
export function dropLoneSurrogates(text: string): string {
  if (text.isWellFormed()) return text;
  return text.replaceAll(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    '',
  );
}
