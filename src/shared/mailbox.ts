/** Whom a mail comes from or goes to; the name may be empty. */
export type Mailbox = { readonly name: string; readonly address: string };

const MAX_LENGTH = 320;
/** Neither part can hold what ends a header line, a name or an address. */
const ADDRESS = /^[^\s"(),:;<>@[\\\]\p{C}]+@[^\s"(),:;<>@[\\\]\p{C}]+$/u;
const NAMED = /^(?:"([^"\\\p{C}]*)"|([^"<>,;:\\\p{C}]*?)) *<([^<>]*)>$/u;

/** Reads `name <address>` or a bare address; undefined for anything else. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [, quoted, plain, bracketed] = NAMED.exec(text.trim()) ?? [];
  const address = bracketed ?? text.trim();
  if (!ADDRESS.test(address)) return undefined;
  return { name: (quoted ?? plain ?? '').trim(), address };
}
