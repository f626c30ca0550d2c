/** What an account consists of beside the user's own row, and the columns in which a row says whose it is. */
export const ACCOUNT_TABLES = {
  api_keys: { users: ['user_id'], addresses: [] },
  auth_sessions: { users: ['user_id', 'impersonator_id'], addresses: [] },
  identities: { users: ['user_id'], addresses: [] },
  // Some are mailed to an address before, or without, its having a user.
  one_time_tokens: { users: ['user_id'], addresses: ['email', 'former_email'] },
  invitations: { users: ['invited_by_id'], addresses: ['email'] },
} as const;

export type AccountTable = keyof typeof ACCOUNT_TABLES;

export const ACCOUNT_TABLE_NAMES: readonly AccountTable[] = [
  'api_keys',
  'auth_sessions',
  'identities',
  'one_time_tokens',
  'invitations',
];
