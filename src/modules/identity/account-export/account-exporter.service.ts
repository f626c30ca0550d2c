import { readPages } from '#platform/db/read-pages';
import type { AccountRecordsRepository } from './account-records.repository.ts';
import type { ExportEntry, ExportSubject, UserExporter } from './user-exporter.ts';

/** Gives a user their account: who they are, where they belong, how and when they signed in. */
export function createAccountExporter(
  accountRecords: () => AccountRecordsRepository,
): UserExporter {
  return {
    *entries({ userId }: ExportSubject): Iterable<ExportEntry> {
      const all = accountRecords();
      const kinds = {
        user: all.listUser,
        teams: all.listTeams,
        identities: all.listIdentities,
        'api-keys': all.listApiKeys,
        invitations: all.listInvitations,
        'auth-sessions': all.listAuthSessions,
        activity: all.listActivity,
      };
      for (const [kind, list] of Object.entries(kinds)) {
        const records = readPages<{ readonly id: string }>((page) => list(userId, page));
        yield { name: `${kind}.jsonl`, records };
      }
    },
  };
}
