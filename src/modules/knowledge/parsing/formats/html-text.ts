/** The text of one block while its HTML is read; any run of spaces, also across tags, becomes one space. */
export function createHtmlText() {
  let text = '';
  // Kept apart, because looking at the end of a long text for each piece added to it takes quadratic time.
  let endsInSpace = true;

  function set(value: string): void {
    text = value;
    endsInSpace = value === '' || /\s$/.test(value);
  }

  return {
    get length() {
      return text.length;
    },
    append(data: string, { isPreformatted }: { readonly isPreformatted: boolean }): void {
      const collapsed = isPreformatted ? data : data.replaceAll(/\s+/g, ' ');
      const piece = endsInSpace && !isPreformatted ? collapsed.trimStart() : collapsed;
      if (piece === '') return;
      text += piece;
      endsInSpace = /\s$/.test(piece);
    },
    startLine(): void {
      const line = text.trimEnd();
      if (line !== '' && !line.endsWith('|')) set(`${line}\n`);
    },
    startCell(): void {
      const line = text.trimEnd();
      if (line !== '') set(`${line} | `);
    },
    take(): string {
      const taken = text.trim();
      set('');
      return taken;
    },
    /** What has come so far, to its last space. */
    takeWords(): string {
      const end = text.lastIndexOf(' ') + 1 || text.length;
      const taken = text.slice(0, end);
      set(text.slice(end));
      return taken;
    },
  };
}
