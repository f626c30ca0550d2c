import { systemClock } from '#platform/clock/clock';
import type { ChatEvent, ChatModel, ChatRequest, Passage } from '../chat-model.ts';
import type { AttemptPolicy } from '../providers/attempts.ts';
import type { CallDependencies } from '../providers/call-settings.ts';
import type { ModelProvider } from '../providers/model-provider.ts';
import { createOpenAiProvider } from '../providers/openai/openai.provider.ts';

export function buildPassage(content: string, changes: Partial<Passage> = {}): Passage {
  return { id: 1, documentTitle: 'Handbook', page: 1, content, score: 1, ...changes };
}

export function buildRequest(question: string, changes: Partial<ChatRequest> = {}): ChatRequest {
  return { turns: [{ role: 'user', content: question }], passages: [], ...changes };
}

export type WaitRecorder = AttemptPolicy & { readonly waitsMs: number[] };

/** Waits for nothing, and keeps what would have been waited for; the jitter takes nothing off. */
export function buildPolicy(attempts = 3): WaitRecorder {
  const waitsMs: number[] = [];
  const wait = async (delayMs: number) => void waitsMs.push(delayMs);
  return { attempts, wait, random: () => 0, waitsMs };
}

export const KEY_CANARY = 'sk-canary-key-0123456789abcdef';

type CallChanges = { readonly timeoutMs?: number; readonly policy?: AttemptPolicy };

export function buildCallDependencies({
  timeoutMs = 10_000,
  policy = buildPolicy(),
}: CallChanges = {}): CallDependencies {
  const limits = { attempts: policy.attempts, timeoutMs, silenceMs: timeoutMs };
  return {
    settings: { ...limits, temperature: 0.2, maxTokens: 300 },
    clock: systemClock,
    policy,
  };
}

export function buildOpenAiProvider(
  baseUrl: string,
  changes: CallChanges & { readonly apiKey?: string | undefined } = {},
): ModelProvider {
  const apiKey = 'apiKey' in changes ? changes.apiKey : KEY_CANARY;
  return createOpenAiProvider(
    { name: 'openai', getConnection: async () => ({ apiKey, baseUrl }) },
    buildCallDependencies(changes),
  );
}

export function buildOpenAiModel(
  ...[baseUrl, changes]: Parameters<typeof buildOpenAiProvider>
): ChatModel {
  return buildOpenAiProvider(baseUrl, changes).createChatModel('gpt-4o-mini');
}

export type Reading = { readonly events: ChatEvent[]; readonly failure: unknown };

/** Reads a stream to its end, however it ends. */
export async function readStream(stream: AsyncIterable<ChatEvent>): Promise<Reading> {
  const events: ChatEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (failure) {
    return { events, failure };
  }
  return { events, failure: undefined };
}

export function textOf(events: readonly ChatEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

export const neverAborted: AbortSignal = new AbortController().signal;
