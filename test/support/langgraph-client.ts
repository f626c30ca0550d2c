import { Client as LangGraphClient } from '@langchain/langgraph-sdk';
import { signUp, type Json } from './client.ts';

export type Frame = {
  readonly id?: string | undefined;
  readonly event: string;
  readonly data: unknown;
};

/** Somebody new, with LangGraph's own client and a key of ours. */
export async function langGraphNewcomer(baseUrl: string) {
  const { client } = await signUp(baseUrl);
  const scopes = ['read', 'write'];
  const { key } = (await client.post('/api-keys', { name: 'LangGraph', scopes })).body;
  return { client, key: String(key), langgraph: langGraphClient(baseUrl, String(key)) };
}

export function langGraphClient(baseUrl: string, apiKey: string): LangGraphClient {
  return new LangGraphClient({ apiUrl: `${baseUrl}/langgraph`, apiKey });
}

/** What a run is asked. */
export function ask(content: string) {
  return { input: { messages: [{ type: 'human', content }] } };
}

/** Their ids as pairs of numbers, in the order in which they came. */
export function positionsOf(frames: readonly Frame[]): readonly (readonly number[])[] {
  return frames.map(({ id = '' }) => id.split('-').map(Number));
}

/** What of the answer each frame of one name holds. */
export function contentsOf(frames: readonly Frame[], event: string): readonly string[] {
  const told: Json[] = frames.filter((frame) => frame.event === event).map(({ data }) => data);
  return told.map(([message]) => message.content);
}
