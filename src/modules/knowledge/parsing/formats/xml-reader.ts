import { Parser } from 'htmlparser2';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { decodeText } from '../text-encoding.ts';

/** Names come without their namespace's prefix, which each program may choose for itself. */
export type XmlHandler = {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
};

/**
 * Reads XML as it is unpacked, giving way after each part. No part of an office document has a document type; with
 * one, entities could make it grow without end.
 */
export async function* readXmlParts(
  content: AsyncIterable<Uint8Array>,
  handler: XmlHandler,
  { depth: maxDepth }: Pick<ParseLimits, 'depth'>,
): AsyncGenerator<void> {
  let depth = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth += 1;
        if (depth > maxDepth) throw new ParseError('too_deep');
        handler.open?.(localName(name), attributes);
      },
      onclosetag(name) {
        depth -= 1;
        handler.close?.(localName(name));
      },
      ontext: (text) => handler.text?.(text),
      onprocessinginstruction(name) {
        if (name.toLowerCase() === '!doctype') throw new ParseError('archive_too_large');
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  for await (const part of decodeText(content)) {
    parser.write(part);
    yield;
  }
  parser.end();
  yield;
}

export async function readXml(...input: Parameters<typeof readXmlParts>): Promise<void> {
  const parts = readXmlParts(...input);
  while (!(await parts.next()).done);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
