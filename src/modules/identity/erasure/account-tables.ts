/** What an account consists of beside the user's own row, each by its user. */
export const ACCOUNT_TABLES = ['auth_sessions', 'identities'] as const;
export type AccountTable = (typeof ACCOUNT_TABLES)[number];
