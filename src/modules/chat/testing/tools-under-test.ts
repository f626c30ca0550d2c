import { createClient } from '#test/client';
import type { TestDatabase } from '#test/database';
import { addTeam } from '#test/teams';
import { startChat, type ChatOptions, type ChatUnderTest } from './chat-under-test.ts';
import { listUsage } from './read-chat.ts';
import type { TestTools } from './test-toolbox.ts';

export type ToolsUnderTest = ReturnType<typeof createToolsUnderTest>;

/** Processes whose models call tools; `pay` waits for a human, and `look` may be called twice. */
export function createToolsUnderTest(test: TestDatabase) {
  const called: [name: string, input: unknown][] = [];
  const open: ChatUnderTest[] = [];
  const run = (name: string) => (input: unknown) => {
    called.push([name, input]);
    return `${name} did it`;
  };
  const tools: TestTools = {
    look: { run: run('look'), isRepeatable: true },
    send: { run: run('send') },
    pay: { run: run('pay'), needsApproval: true },
  };

  return {
    /** What was called. */
    called,
    tools,
    async start(options: ChatOptions = {}): Promise<ChatUnderTest> {
      const chat = await startChat(test.database, { tools, ...options });
      open.push(chat);
      return chat;
    },

    /** Somebody new, whom these processes know. */
    async signIn(...chats: readonly [ChatUnderTest, ...ChatUnderTest[]]) {
      called.splice(0);
      const { actor } = await addTeam(test.database);
      const [client] = chats.map((chat) => createClient(...chat.accessOf(actor)));
      if (!client) throw new Error('no process');
      return {
        actor,
        client,
        ask: (more: object = {}) => client.stream('/chat/stream', { message: 'Well?', ...more }),
        async billedTokens() {
          const usage = await listUsage(test.database, actor.teamId);
          return usage.filter(({ metric }) => metric === 'ai_tokens');
        },
      };
    },

    async close(): Promise<void> {
      for (const each of open) await each.close();
    },
  };
}

/** Has the model take a turn that calls tools, each under the id `call-<name>`. */
export async function callTools(chat: ChatUnderTest, names: readonly string[]) {
  const call = await chat.model.nextCall();
  for (const name of names) call.callTool(name, { of: name }, `call-${name}`);
  call.finish();
  return call;
}

export async function say(chat: ChatUnderTest, text: string) {
  const call = await chat.model.nextCall();
  call.say(text);
  call.finish();
  return call;
}
