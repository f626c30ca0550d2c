import type { TeamRole } from './actor.ts';

/** From the most powerful to the least. */
export const TEAM_ROLES = [
  'owner',
  'admin',
  'member',
  'viewer',
] as const satisfies readonly TeamRole[];

const OWNERS = ['owner'] as const;
const MANAGERS = ['owner', 'admin'] as const;
const WRITERS = ['owner', 'admin', 'member'] as const;

/** Who in a team may do what. docs/API.md shows the same table, and a test compares the two. */
export const TEAM_PERMISSIONS = {
  /** Whatever the team has: its name, members, projects, documents and their content. */
  'team.read': TEAM_ROLES,
  'team.leave': TEAM_ROLES,
  'projects.write': WRITERS,
  'documents.write': WRITERS,
  'files.write': WRITERS,
  /** What projects answer with: agents and prompts. */
  'agents.write': WRITERS,
  /** Answers cost the team money. */
  'chat.write': WRITERS,
  'api_keys.change': WRITERS,
  /** Keys that outlive who made them, and the keys of others. */
  'team_api_keys.change': MANAGERS,
  /** The team's own keys of model providers: which there are, and their change. */
  'provider_keys.change': MANAGERS,
  /** Where the tools of agents lead, and with which secrets. */
  'mcp_servers.change': MANAGERS,
  'spend_limits.change': MANAGERS,
  /** What everybody used; one's own use needs no permission. */
  'team_usage.read': MANAGERS,
  'team.change': MANAGERS,
  'members.change': MANAGERS,
  'invitations.change': MANAGERS,
  'team.transfer': OWNERS,
  'team.delete': OWNERS,
} as const satisfies Readonly<Record<string, readonly TeamRole[]>>;

export type TeamPermission = keyof typeof TEAM_PERMISSIONS;

/** The roles that each role may give, change and take away. */
export const MANAGED_ROLES: Readonly<Record<TeamRole, readonly TeamRole[]>> = {
  owner: TEAM_ROLES,
  admin: ['admin', 'member', 'viewer'],
  member: [],
  viewer: [],
};

export function isAllowed(role: TeamRole, permission: TeamPermission): boolean {
  const allowed: readonly TeamRole[] = TEAM_PERMISSIONS[permission];
  return allowed.includes(role);
}

export function canManageRole(role: TeamRole, managed: TeamRole): boolean {
  return MANAGED_ROLES[role].includes(managed);
}
