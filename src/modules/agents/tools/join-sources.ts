import type { ToolSource } from '../agent-tool.ts';

/** The tools of all of them, closed together. */
export function joinSources(sources: readonly ToolSource[]): ToolSource {
  return {
    async list(user, names) {
      const sets = await Promise.all(sources.map((source) => source.list(user, names)));
      return {
        tools: sets.flatMap(({ tools }) => tools),
        async close() {
          await Promise.all(sets.map((set) => set.close()));
        },
      };
    },
  };
}
