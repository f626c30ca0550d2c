type Mark = 'yes' | 'refused';

const SYMBOLS: Readonly<Record<Mark, string>> = { yes: '✓', refused: 'refused' };
const NOT_SHOWN = '?';

/** What tests have shown of each provider. A test that failed shows nothing. */
export function createAbilityTable(columns: readonly string[], rows: readonly string[]) {
  const marks = new Map<string, Mark>();

  return {
    show(row: string, column: string, mark: Mark): void {
      marks.set(`${row} ${column}`, mark);
    },

    render(): string {
      const cells = rows.map((row) => [
        row,
        ...columns.map((column) => {
          const mark = marks.get(`${row} ${column}`);
          return mark ? SYMBOLS[mark] : NOT_SHOWN;
        }),
      ]);
      return align([['ability', ...columns], ...cells]);
    },
  };
}

function align(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_cell, at) =>
    Math.max(...lines.map((line) => line[at]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .join('\n');
}
