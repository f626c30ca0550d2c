import OpenAI from 'openai';
import { signUp } from './client.ts';

/** Somebody new, with OpenAI's own client and a key of ours. */
export async function newcomer(baseUrl: string) {
  const { client } = await signUp(baseUrl);
  const scopes = ['read', 'write'];
  const { key } = (await client.post('/api-keys', { name: 'OpenAI', scopes })).body;
  const openai = new OpenAI({ apiKey: key, baseURL: `${baseUrl}/v1`, maxRetries: 0 });
  return { openai, client };
}

/** Two of them, of different teams. */
export async function newcomers(baseUrl: string) {
  const [one, other] = [await newcomer(baseUrl), await newcomer(baseUrl)];
  return { openai: one.openai, stranger: other.openai };
}

/** The ids of all pages, as the client walks them. */
export async function listIds(
  pages: AsyncIterable<{ readonly id: string }>,
): Promise<readonly string[]> {
  return Array.fromAsync(pages, ({ id }) => id);
}
