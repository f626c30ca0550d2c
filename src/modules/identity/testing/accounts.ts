import type { Database } from '#platform/db/database';

export async function deactivate(database: Database, userId: string): Promise<void> {
  await database
    .unscoped()
    .updateTable('users')
    .set({ is_active: false })
    .where('id', '=', userId)
    .execute();
}

export async function requirePasswordReset(database: Database, userId: string): Promise<void> {
  await database
    .unscoped()
    .updateTable('users')
    .set({ must_reset_password: true })
    .where('id', '=', userId)
    .execute();
}

export async function setPasswordHash(
  database: Database,
  user: { readonly id: string; readonly passwordHash: string | null },
): Promise<void> {
  await database
    .unscoped()
    .updateTable('users')
    .set({ password_hash: user.passwordHash })
    .where('id', '=', user.id)
    .execute();
}

export async function readPasswordHash(database: Database, userId: string): Promise<string | null> {
  const user = await database
    .unscoped()
    .selectFrom('users')
    .select('password_hash')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
  return user.password_hash;
}
