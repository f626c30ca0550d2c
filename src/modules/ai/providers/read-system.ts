import type { ChatTurn } from '../chat-model.ts';

/** What the system says, for protocols in which it stands beside the turns. */
export function readSystem(turns: readonly ChatTurn[]): string {
  const said = turns.filter(({ role }) => role === 'system').map(({ content }) => content);
  return said.filter((content) => content !== '').join('\n\n');
}
