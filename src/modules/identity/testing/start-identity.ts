import { afterAll } from 'vitest';
import { createTestDatabase } from '#test/database';
import type { IdentitySettings } from '../identity.module.ts';
import { buildIdentityApp } from './identity-app.ts';
import { createMailReader } from './visitor-mail.ts';
import { createVisitor } from './visitor.ts';

/** The module on a database of the test file's own, which ends with it, and somebody who calls it. */
export async function startIdentity(settings: Partial<IdentitySettings> = {}) {
  const test = await createTestDatabase();
  const built = await buildIdentityApp(test.database, settings);
  afterAll(async () => {
    await built.app.close();
    await test.close();
  });
  return { test, built, visitor: createVisitor(built.app), post: createMailReader(built) };
}
