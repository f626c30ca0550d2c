import type { ImpersonationService, UserAdministration } from '#modules/identity';
import type { App } from '#platform/http/app';
import { pageRequest, presentPage, sortOf } from '#platform/http/schema-parts';
import {
  AdminUserFilter,
  AdminUserListResponse,
  AdminUserParams,
  AdminUserResponse,
  AdminUserUpdate,
  ImpersonationRequest,
  ImpersonationResponse,
  readUserUpdate,
  presentAdminUser,
  presentImpersonation,
} from './users.schemas.ts';

const tags = ['admin'];
const config = { access: 'admin' } as const;
const params = AdminUserParams;
const response = { 200: AdminUserResponse };

const listUsers = {
  schema: {
    operationId: 'listUsers',
    summary: 'Search the users',
    tags,
    querystring: AdminUserFilter,
    response: { 200: AdminUserListResponse },
  },
  config,
};
const readUser = {
  schema: { operationId: 'getUser', summary: 'Read a user', tags, params, response },
  config,
};
const updateUser = {
  schema: {
    operationId: 'updateUser',
    summary: 'Change the role or the tier of a user',
    tags,
    params,
    body: AdminUserUpdate,
    response,
  },
  config,
};
const activateUser = {
  schema: {
    operationId: 'activateUser',
    summary: 'Let a deactivated user sign in again',
    tags,
    params,
    response,
  },
  config,
};
const deactivateUser = {
  schema: {
    operationId: 'deactivateUser',
    summary: 'Shut a user out: sessions, keys and open streams end',
    tags,
    params,
    response,
  },
  config,
};

const resetPassword = {
  schema: {
    operationId: 'resetUserPassword',
    summary: 'Mail a token to set a new password; until then the user may do nothing else',
    tags,
    params,
    response,
  },
  config,
};
const impersonateUser = {
  schema: {
    operationId: 'impersonateUser',
    summary: 'Get a short-lived token to act in the name of a user',
    tags,
    params,
    body: ImpersonationRequest,
    response: { 200: ImpersonationResponse },
  },
  config,
};

export type UserRoutesDependencies = {
  readonly users: UserAdministration;
  readonly impersonation: ImpersonationService;
};

export function registerUserRoutes(
  app: App,
  { users, impersonation }: UserRoutesDependencies,
): void {
  app.get('/admin/users', listUsers, async (request) => {
    const { search, role, tier } = request.query;
    const listing = {
      ...pageRequest(request.query),
      sort: sortOf(request.query),
      search,
      role,
      tier,
      isActive: request.query.is_active,
      createdFrom: request.query.created_from,
      createdTo: request.query.created_to,
    };
    return presentPage(await users.list(request.actor, listing), presentAdminUser);
  });

  app.get('/admin/users/:id', readUser, async (request) =>
    presentAdminUser(await users.get(request.actor, request.params)),
  );

  app.patch('/admin/users/:id', updateUser, async (request) =>
    presentAdminUser(
      await users.update(request.actor, { ...request.params, ...readUserUpdate(request.body) }),
    ),
  );

  app.post('/admin/users/:id/activate', activateUser, async (request) =>
    presentAdminUser(await users.activate(request.actor, request.params)),
  );

  app.post('/admin/users/:id/deactivate', deactivateUser, async (request) =>
    presentAdminUser(await users.deactivate(request.actor, request.params)),
  );

  app.post('/admin/users/:id/reset-password', resetPassword, async (request) =>
    presentAdminUser(await users.resetPassword(request.actor, request.params)),
  );

  app.post('/admin/users/:id/impersonate', impersonateUser, async (request) => {
    const input = { ...request.params, purpose: request.body?.purpose ?? null };
    return presentImpersonation(await impersonation.impersonate(request.actor, input));
  });
}
