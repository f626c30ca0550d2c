// Names that only a message has, beside its sender.
const TELLING = ['message-id', 'received', 'return-path', 'mime-version', 'delivered-to'] as const;
const HEADER = /^([!-9;-~]+):/;
const MAX_HEADER_LINES = 500;
// oxlint-disable-next-line no-control-regex -- controls are what tells binary data from text
const BINARY_CHARACTERS = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** Whether a file begins with the headers of an e-mail; one with its usual name needs fewer of them. */
export function isEmail(head: Uint8Array, { isNamedSo }: { readonly isNamedSo: boolean }): boolean {
  // Its text may be in any encoding, which its headers tell.
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  if (BINARY_CHARACTERS.test(text)) return false;
  const [block = ''] = text.split(/\r?\n\r?\n/, 1);
  const lines = block.split(/\r?\n/, MAX_HEADER_LINES);
  const names = new Set<string>();
  for (const line of lines) {
    if (/^[ \t]/.test(line)) continue;
    const [, name] = HEADER.exec(line) ?? [];
    if (name === undefined) return false;
    names.add(name.toLowerCase());
  }
  const isTold = TELLING.some((name) => names.has(name));
  const isAddressed =
    names.has('from') && (names.has('to') || names.has('date') || names.has('subject'));
  return names.has('from') && (isTold || (isNamedSo && isAddressed));
}
