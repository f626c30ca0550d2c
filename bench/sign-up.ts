import type { ProjectId, TeamId, UserId } from '../src/shared/ids.ts';

export type BenchAccount = {
  readonly accessToken: string;
  readonly userId: UserId;
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
};

export const BENCH_CREDENTIALS = { email: 'bench@example.com', password: 'Quite-a-long-0ne' };

/** Registers a user who owns `projects` projects, over the API like anybody else. */
export async function signUp(
  baseUrl: string,
  { projects }: { projects: number },
): Promise<BenchAccount> {
  await post(`${baseUrl}/api/v1/auth/register`, BENCH_CREDENTIALS);
  const accessToken = await signIn(baseUrl);
  let project;
  for (let index = 0; index < projects; index += 1) {
    project = await post(`${baseUrl}/api/v1/projects`, { name: `Project ${index}` }, accessToken);
  }
  return { accessToken, userId: project.owner_id, teamId: project.team_id, projectId: project.id };
}

/** A new access token of the account. */
export async function signIn(baseUrl: string): Promise<string> {
  return (await post(`${baseUrl}/api/v1/auth/login`, BENCH_CREDENTIALS)).access_token;
}

async function post(url: string, body: object, accessToken?: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accessToken && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return JSON.parse(await response.text());
}
