import { randomUUID } from 'node:crypto';
import { createClient, TEST_PASSWORD } from './client.ts';
import type { TestService } from './service.ts';

/** An administrator, made as the command line makes one, and signed in. */
export async function signInAdmin({ service, baseUrl }: TestService) {
  const email = `${randomUUID()}@example.com`;
  const { users } = service.modules.identity;
  const user = await users.createAdmin({ email, password: TEST_PASSWORD });
  const visitor = createClient(baseUrl);
  const login = (await visitor.post('/auth/login', { email, password: TEST_PASSWORD })).body;
  return { id: user.id, email, client: createClient(baseUrl, login.access_token) };
}
