const VARIABLE = /\{\{\s*([a-z][a-z0-9_]{0,63})\s*\}\}/gi;

/** The names that a text has in double braces, each once. */
export function listVariables(template: string): readonly string[] {
  return [...new Set(Array.from(template.matchAll(VARIABLE), ([, name = '']) => name))];
}

/** The text with its variables filled in; what a value itself has in braces stays as it is. */
export function renderPrompt(template: string, values: Readonly<Record<string, string>>): string {
  const known = new Map(Object.entries(values));
  return template.replaceAll(VARIABLE, (_, name: string) => known.get(name) ?? '');
}
