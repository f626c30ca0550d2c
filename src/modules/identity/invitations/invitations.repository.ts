import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { TeamRole } from '#shared/actor';
import type { InvitationId, TeamId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { Membership } from '../teams/teams.repository.ts';
import type { EmailAddress } from '../users/parse-email.ts';

export type InvitationRecord = {
  readonly id: InvitationId;
  readonly teamId: TeamId;
  readonly email: EmailAddress;
  readonly role: TeamRole;
  readonly invitedById: UserId;
  readonly expiresAt: string;
  readonly mailedAt: string | null;
  readonly createdAt: string;
};

/** An invitation as whoever holds its token may see it. */
export type InvitationWithTeam = InvitationRecord & {
  readonly teamName: string;
  /** Of who invited; null for an author without an address. */
  readonly authorEmail: string | null;
};

export type NewInvitation = Pick<
  InvitationRecord,
  'id' | 'teamId' | 'email' | 'role' | 'invitedById'
> & { readonly tokenHash: Buffer; readonly expiresAt: Date };

export type InvitationListing = PageRequest & {
  readonly sort: { readonly column: 'created_at' | 'email'; readonly direction: 'asc' | 'desc' };
};

type InvitationKey = { readonly teamId: TeamId; readonly id: InvitationId };

const COLUMNS = [
  'invitations.id',
  'invitations.team_id as teamId',
  'invitations.email',
  'invitations.role',
  'invitations.invited_by_id as invitedById',
  'invitations.expires_at as expiresAt',
  'invitations.mailed_at as mailedAt',
  'invitations.created_at as createdAt',
] as const;

export type InvitationsRepository = ReturnType<typeof createInvitationsRepository>;

export function createInvitationsRepository(queries: Queries) {
  const withTeam = () =>
    queries
      .selectFrom('invitations')
      .innerJoin('teams', 'teams.id', 'invitations.team_id')
      .innerJoin('users', 'users.id', 'invitations.invited_by_id')
      .where('teams.deleted_at', 'is', null)
      .select([...COLUMNS, 'teams.name as teamName', 'users.email as authorEmail'])
      .$castTo<InvitationWithTeam>();

  return {
    /** Undefined where the team has an open invitation to the address. */
    async insert(invitation: NewInvitation): Promise<InvitationRecord | undefined> {
      return queries
        .insertInto('invitations')
        .values({
          id: invitation.id,
          team_id: invitation.teamId,
          email: invitation.email,
          role: invitation.role,
          invited_by_id: invitation.invitedById,
          token_hash: invitation.tokenHash,
          expires_at: invitation.expiresAt.toISOString(),
        })
        .onConflict((conflict) => conflict.columns(['team_id', 'email']).doNothing())
        .returning(COLUMNS)
        .$castTo<InvitationRecord>()
        .executeTakeFirst();
    },

    async find({ teamId, id }: InvitationKey): Promise<InvitationRecord | undefined> {
      return queries
        .selectFrom('invitations')
        .select(COLUMNS)
        .where('team_id', '=', teamId)
        .where('id', '=', id)
        .$castTo<InvitationRecord>()
        .executeTakeFirst();
    },

    async list(teamId: TeamId, listing: InvitationListing): Promise<Page<InvitationRecord>> {
      const matching = queries.selectFrom('invitations').where('team_id', '=', teamId);
      const { total } = await matching
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await matching
        .select(COLUMNS)
        .orderBy(listing.sort.column, listing.sort.direction)
        .orderBy('id', listing.sort.direction)
        .limit(listing.pageSize)
        .offset(pageOffset(listing))
        .$castTo<InvitationRecord>()
        .execute();
      return { items, total, page: listing.page, pageSize: listing.pageSize };
    },

    /** Open again from now on, and to be mailed again. */
    async renew({ teamId, id }: InvitationKey, expiresAt: Date): Promise<void> {
      await queries
        .updateTable('invitations')
        .set({ expires_at: expiresAt.toISOString(), mailed_at: null, updated_at: sql`now()` })
        .where('team_id', '=', teamId)
        .where('id', '=', id)
        .execute();
    },

    async remove({ teamId, id }: InvitationKey): Promise<void> {
      await queries
        .deleteFrom('invitations')
        .where('team_id', '=', teamId)
        .where('id', '=', id)
        .execute();
    },

    /** Makes room for a new invitation to the same address. */
    async removeExpired(teamId: TeamId, email: EmailAddress, now: Date): Promise<void> {
      await queries
        .deleteFrom('invitations')
        .where('team_id', '=', teamId)
        .where('email', '=', email)
        .where('expires_at', '<=', now.toISOString())
        .execute();
    },

    /** Those of these roles that a member wrote. */
    async removeOfAuthor(author: Membership, roles: readonly TeamRole[]): Promise<void> {
      if (roles.length === 0) return;
      await queries
        .deleteFrom('invitations')
        .where('team_id', '=', author.teamId)
        .where('invited_by_id', '=', author.userId)
        .where('role', 'in', roles)
        .execute();
    },

    /** Needs the system scope: the token tells the team. */
    async findOpen(tokenHash: Buffer, now: Date): Promise<InvitationWithTeam | undefined> {
      return withTeam()
        .where('invitations.token_hash', '=', tokenHash)
        .where('invitations.expires_at', '>', now.toISOString())
        .executeTakeFirst();
    },

    /** Uses the invitation up; of several at once, one succeeds. */
    async take({ teamId, id }: InvitationKey, now: Date): Promise<boolean> {
      const result = await queries
        .deleteFrom('invitations')
        .where('team_id', '=', teamId)
        .where('id', '=', id)
        .where('expires_at', '>', now.toISOString())
        .executeTakeFirst();
      return result.numDeletedRows === 1n;
    },

    /** Needs the system scope: the job that mails it starts from its id. */
    async findUnmailed(id: InvitationId, now: Date): Promise<InvitationWithTeam | undefined> {
      return withTeam()
        .where('invitations.id', '=', id)
        .where('invitations.mailed_at', 'is', null)
        .where('invitations.expires_at', '>', now.toISOString())
        .executeTakeFirst();
    },

    async markMailed({ teamId, id }: InvitationKey, at: Date): Promise<void> {
      await queries
        .updateTable('invitations')
        .set({ mailed_at: at.toISOString() })
        .where('team_id', '=', teamId)
        .where('id', '=', id)
        .execute();
    },

    /** Needs the system scope. */
    async purgeExpired(expiredBefore: Date): Promise<void> {
      await queries
        .deleteFrom('invitations')
        .where('expires_at', '<', expiredBefore.toISOString())
        .execute();
    },
  };
}
