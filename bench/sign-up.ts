export type BenchAccount = {
  readonly accessToken: string;
  readonly userId: string;
  readonly teamId: string;
  readonly projectId: string;
};

/** Registers a user who owns `projects` projects, over the API like anybody else. */
export async function signUp(
  baseUrl: string,
  { projects }: { projects: number },
): Promise<BenchAccount> {
  const credentials = { email: 'bench@example.com', password: 'Quite-a-long-0ne' };
  await post(`${baseUrl}/api/v1/auth/register`, credentials);
  const { access_token: accessToken } = await post(`${baseUrl}/api/v1/auth/login`, credentials);
  let project;
  for (let index = 0; index < projects; index += 1) {
    project = await post(`${baseUrl}/api/v1/projects`, { name: `Project ${index}` }, accessToken);
  }
  return { accessToken, userId: project.owner_id, teamId: project.team_id, projectId: project.id };
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
