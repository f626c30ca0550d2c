/** All of a user but the tier, which the personal team has. */
export const USER_COLUMNS = [
  'users.id',
  'users.email',
  'users.username',
  'users.first_name as firstName',
  'users.last_name as lastName',
  'users.role',
  'users.is_active as isActive',
  'users.email_verified_at as emailVerifiedAt',
  'users.must_reset_password as mustResetPassword',
  'users.created_at as createdAt',
] as const;
