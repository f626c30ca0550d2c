import { readdirSync, readFileSync } from 'node:fs';

export type Prompt = { readonly name: string; readonly version: number; readonly text: string };

const PROMPT_FILE = /^(?<name>[a-z-]+)\.v(?<version>\d+)\.md$/;

/** Reads every `name.vN.md` of a folder; the highest version of a name is the one in use. */
export function loadPrompts(folder: URL): (name: string) => Prompt {
  const latest = new Map<string, Prompt>();
  for (const file of readdirSync(folder)) {
    const prompt = readPrompt(folder, file);
    if (prompt && prompt.version > (latest.get(prompt.name)?.version ?? 0))
      latest.set(prompt.name, prompt);
  }
  return (name) => {
    const prompt = latest.get(name);
    if (!prompt) throw new Error(`No prompt "${name}" in ${folder.pathname}`);
    return prompt;
  };
}

function readPrompt(folder: URL, file: string): Prompt | undefined {
  const { name, version } = PROMPT_FILE.exec(file)?.groups ?? {};
  if (!name || !version) return undefined;
  return {
    name,
    version: Number(version),
    text: readFileSync(new URL(file, folder), 'utf8').trim(),
  };
}
