import type { Scope, UnitOfWork } from '#platform/db/database';
import type { AuditPseudonymsRepository } from './audit-pseudonyms.repository.ts';
import { scrubAuditMembers, type Replacement } from './scrub-audit-entry.ts';

export type AuditPseudonymsDependencies = {
  readonly auditPseudonyms: () => AuditPseudonymsRepository;
  readonly unitOfWork: UnitOfWork<{ auditPseudonyms: AuditPseudonymsRepository }>;
};

const NO_SCOPE: Scope = { kind: 'none' };
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const PAGE_SIZE = 5000;

export type AuditPseudonyms = ReturnType<typeof createAuditPseudonyms>;

/** Makes a person unknowable to the audit log, and leaves its history countable. */
export function createAuditPseudonyms({
  auditPseudonyms,
  unitOfWork,
}: AuditPseudonymsDependencies) {
  return {
    /** Goes through the whole log, since entries about others may name the person too. */
    async replace(replacement: Replacement, pace: () => Promise<void>): Promise<void> {
      const person = await auditPseudonyms().findPerson(replacement.userId);
      if (!person) return;
      let afterId: string | undefined = FIRST_ID;
      while (afterId !== undefined) {
        await pace();
        const page: { readonly afterId: string; readonly limit: number } = {
          afterId,
          limit: PAGE_SIZE,
        };
        const { mentions, lastId } = await auditPseudonyms().listMentions(person, page);
        const scrubbed = mentions.map(({ id, before, after }) => ({
          id,
          before: scrubAuditMembers(before, replacement),
          after: scrubAuditMembers(after, replacement),
        }));
        if (scrubbed.length > 0) {
          await unitOfWork.run(NO_SCOPE, (repositories) =>
            repositories.auditPseudonyms.replace(person, replacement.pseudonym, scrubbed),
          );
        }
        afterId = lastId;
      }
    },
  };
}
