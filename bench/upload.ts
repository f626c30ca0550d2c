import type { ServerProcess } from './server-process.ts';
import type { BenchAccount } from './sign-up.ts';

/** Uploads a file into the account's project, and gives the address of its document. */
export async function upload(
  { server, account }: { readonly server: ServerProcess; readonly account: BenchAccount },
  file: File,
): Promise<string> {
  const form = new FormData();
  form.set('file', file);
  const url = `${server.baseUrl}/api/v1/projects/${account.projectId}/documents`;
  const headers = { authorization: `Bearer ${account.accessToken}` };
  const response = await fetch(url, { method: 'POST', headers, body: form });
  const text = await response.text();
  if (response.status !== 202)
    throw new Error(`${file.name} was answered with ${response.status}: ${text}`);
  return `${url}/${JSON.parse(text).id}`;
}
