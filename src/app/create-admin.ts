import { createInterface } from 'node:readline/promises';
import { compose } from './compose.ts';
import { migrateUp } from './migrate.ts';
import { createPlatform, type PlatformOptions } from './platform.ts';

/** Creates an administrator with the password given on standard input. */
export async function createAdmin(
  options: PlatformOptions & { readonly email: string },
): Promise<void> {
  const platform = await createPlatform(options);
  try {
    await migrateUp(platform);
    const password = await readPassword();
    const { identity } = compose(platform);
    const user = await identity.users.createAdmin({ email: options.email, password });
    process.stdout.write(`administrator ${user.email} is user ${user.id}\n`);
  } finally {
    await platform.close();
  }
}

async function readPassword(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  try {
    if (process.stdin.isTTY) process.stderr.write('Password: ');
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}
