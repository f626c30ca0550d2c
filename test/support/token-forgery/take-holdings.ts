import { signUp } from '#test/client';
import type { Holdings } from './own-forgeries.ts';

/** Signs somebody up, and takes one of each thing that a server gives them. */
export async function takeHoldings(baseUrl: string): Promise<Holdings> {
  const { login, client } = await signUp(baseUrl);
  if (!login.access_token) throw new Error(`${baseUrl} lets nobody sign up: ${login.detail}`);
  const issued = await client.post('/api-keys', { name: 'Forgery', scopes: ['read', 'write'] });
  return {
    accessToken: String(login.access_token),
    refreshToken: String(login.refresh_token),
    apiKey: String(issued.body.key),
  };
}
