export { createIdentityModule, type IdentitySettings } from './identity.module.ts';
export type { UserService } from './users/users.service.ts';
