import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, signUp, TEST_PASSWORD, uploadAndWait } from '#test/client';
import { startTestService, type TestService } from '#test/service';

let test: TestService;

beforeAll(async () => {
  test = await startTestService();
});
afterAll(() => test.close());

describe('a user who deletes their account', () => {
  it('is told what went, and is not known any more', async () => {
    const { client, email } = await signUp(test.baseUrl);
    const { id: projectId } = (await client.post('/projects', { name: 'Mine' })).body;
    await uploadAndWait(client, projectId, { name: 'note.txt', content: 'zebra crossing' });
    await client.post('/chat', { message: 'zebra?', project_id: projectId });

    const answer = await client.call('DELETE', '/users/me', { current_password: TEST_PASSWORD });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'done',
        removed: {
          auth_sessions: 1,
          chunks: 1,
          documents: 1,
          files: 1,
          messages: 2,
          projects: 1,
          sessions: 1,
          teams: 1,
          users: 1,
        },
        handed_over: {},
      },
    });

    expect((await client.get('/users/me')).status).toBe(401);
    const visitor = createClient(test.baseUrl);
    expect((await visitor.get(`/users/erasures/${answer.body.id}`)).body).toEqual(answer.body);
    const login = await visitor.post('/auth/login', { email, password: TEST_PASSWORD });
    expect(login.status).toBe(401);
    const again = await visitor.post('/auth/register', { email, password: TEST_PASSWORD });
    expect(again.status).toBe(201);
  });

  it('must give the password, and may be nobody without a sign-in session', async () => {
    const { client } = await signUp(test.baseUrl);
    const tries = [{}, { current_password: 'Wr0ng-password' }];
    for (const body of tries) {
      const { status, body: problem } = await client.call('DELETE', '/users/me', body);
      expect(status).toBe(422);
      expect(problem.errors).toMatchObject([{ field: 'current_password' }]);
    }
    expect((await client.get('/users/me')).status).toBe(200);
    expect((await createClient(test.baseUrl).call('DELETE', '/users/me', {})).status).toBe(401);
  });
});
