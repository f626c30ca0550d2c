const MAX_NAME_LENGTH = 80;
const WHITESPACE = /\s+/g;
const HALF_PAIR = /[\ud800-\udbff]$/;

/** A session's name out of its first message: its beginning, cut between two words where it is long. */
export function nameSession(message: string): string {
  const line = message.replaceAll(WHITESPACE, ' ').trim();
  if (line.length <= MAX_NAME_LENGTH) return line;
  const cut = line.slice(0, MAX_NAME_LENGTH - 1).replace(HALF_PAIR, '');
  const lastSpace = cut.lastIndexOf(' ');
  const isMostlyKept = lastSpace > MAX_NAME_LENGTH / 2;
  return `${(isMostlyKept ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}
