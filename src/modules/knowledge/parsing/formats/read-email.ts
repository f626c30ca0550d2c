import PostalMime, { type Address, type Email } from 'postal-mime';
import { ParseError } from '../parse-error.ts';
import type { ParseLimits } from '../parse-limits.ts';
import type { DraftBlock } from './draft-block.ts';
import { createHeadingPath } from './heading-path.ts';
import { readHtml } from './read-html.ts';
import { readPlainText } from './read-plain-text.ts';

/**
 * Subject, people, date and text of an e-mail. Attachments are named but not read: each is a document of its own
 * kind, and is found and quoted as such when it is uploaded itself.
 */
export async function* readEmail(
  bytes: Uint8Array,
  limits: ParseLimits,
): AsyncGenerator<DraftBlock> {
  const email = await parse(bytes, limits);
  const subject = email.subject?.trim() || 'No subject';
  const headingPath = createHeadingPath().enter(1, subject);
  yield { kind: 'heading', text: `${subject}\n\n`, page: null, headingPath };
  yield { kind: 'text', text: `${describe(email)}\n\n`, page: null, headingPath };
  for await (const block of readBody(email, limits))
    yield { ...block, headingPath: [...headingPath, ...block.headingPath] };
  const names = email.attachments.map(({ filename }) => filename).filter((name) => name !== null);
  if (names.length > 0)
    yield { kind: 'text', text: `\nAttachments: ${names.join(', ')}\n`, page: null, headingPath };
}

async function parse(bytes: Uint8Array, limits: ParseLimits): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, {
      maxNestingDepth: limits.mailDepth,
      maxHeadersSize: limits.mailHeaderBytes,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/nesting depth/.test(message)) throw new ParseError('too_deep', error);
    if (/header size/.test(message)) throw new ParseError('too_many_parts', error);
    throw new ParseError('damaged', error);
  }
}

/** Written as text where it is; the other form says the same with more around it. */
function readBody(email: Email, limits: ParseLimits): AsyncGenerator<DraftBlock> {
  const hasText = (email.text ?? '').trim() !== '';
  if (hasText || !email.html) return readPlainText(inOnePart(email.text ?? ''));
  return readHtml(inOnePart(email.html), limits);
}

function describe({ from, to, cc, date }: Email): string {
  const lines = [
    ['From', from ? nameOf(from) : ''],
    ['To', (to ?? []).map(nameOf).join(', ')],
    ['Cc', (cc ?? []).map(nameOf).join(', ')],
    ['Date', date ?? ''],
  ];
  return lines
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

function nameOf({ name, address }: Address): string {
  if (!address) return name;
  return name ? `${name} <${address}>` : address;
}

async function* inOnePart(text: string): AsyncGenerator<string> {
  yield text.replaceAll('\r\n', '\n');
}
