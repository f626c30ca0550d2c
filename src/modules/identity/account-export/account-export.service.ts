import { Readable } from 'node:stream';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError } from '#platform/errors/app-error';
import type { Logger } from '#platform/telemetry/logger';
import type { Actor } from '#shared/actor';
import { newId, type ExportId } from '#shared/ids';
import { auditedActor } from '../audit/audit-entry.ts';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import { assertInPerson } from '../auth/assert-in-person.ts';
import type { CredentialService } from '../auth/credentials.service.ts';
import type { ExportLease, ExportLeasesRepository } from './export-leases.repository.ts';
import type { ExportEntry, ExportSubject, UserExporter } from './user-exporter.ts';
import type { ArchiveEntry } from './zip-archive.provider.ts';

export type AccountExportDependencies = {
  readonly exportLeases: () => Pick<ExportLeasesRepository, 'renew' | 'release'>;
  readonly unitOfWork: UnitOfWork<{
    exportLeases: Pick<ExportLeasesRepository, 'take'>;
    auditLog: Pick<AuditLogRepository, 'insert'>;
  }>;
  readonly credentials: Pick<CredentialService, 'findAccount'>;
  readonly createArchive: (entries: AsyncIterable<ArchiveEntry>) => Readable;
  readonly accountExporter: UserExporter;
  readonly logger: Pick<Logger, 'warn'>;
};

const NO_SCOPE: Scope = { kind: 'none' };
const LEASE_SECONDS = 60;
const RENEWALS_PER_LEASE = 3;
const MS_PER_SECOND = 1000;

export type AccountExportService = ReturnType<typeof createAccountExportService>;

/** Hands a user all that is theirs, as an archive that is made while they read it. */
export function createAccountExportService(dependencies: AccountExportDependencies) {
  const { exportLeases, unitOfWork, credentials, createArchive, accountExporter, logger } =
    dependencies;
  const exporters: UserExporter[] = [accountExporter];

  async function take(actor: Actor): Promise<ExportLease> {
    const lease = { id: newId<ExportId>(), userId: actor.userId };
    await unitOfWork.run(NO_SCOPE, async ({ exportLeases: leases, auditLog }) => {
      if (!(await leases.take(lease, LEASE_SECONDS))) throw alreadyExporting();
      const target = { type: 'user', id: actor.userId };
      await auditLog.insert({ ...auditedActor(actor), action: 'account.exported', target });
    });
    return lease;
  }

  function holdUntilClosed(archive: Readable, lease: ExportLease): void {
    const warn = (error: unknown) => logger.warn({ err: error }, 'lease of an export not kept');
    const intervalMs = (LEASE_SECONDS * MS_PER_SECOND) / RENEWALS_PER_LEASE;
    const timer = setInterval(
      () => void exportLeases().renew(lease, LEASE_SECONDS).catch(warn),
      intervalMs,
    );
    timer.unref();
    archive.once('close', () => {
      clearInterval(timer);
      exportLeases().release(lease).catch(warn);
    });
  }

  async function* entriesOf(subject: ExportSubject): AsyncGenerator<ArchiveEntry> {
    for (const exporter of exporters) {
      for await (const entry of exporter.entries(subject)) yield toArchiveEntry(entry);
    }
  }

  return {
    addExporter(exporter: UserExporter): void {
      exporters.push(exporter);
    },

    /** @throws UNAUTHORIZED, FORBIDDEN, CONFLICT (`export.in_progress`) */
    async exportMe(actor: Actor): Promise<Readable> {
      assertInPerson(actor);
      const account = await credentials.findAccount(actor.userId);
      const teamIds = account?.teams.map(({ id }) => id) ?? [];
      const lease = await take(actor);
      const archive = createArchive(entriesOf({ userId: actor.userId, teamIds }));
      holdUntilClosed(archive, lease);
      return archive;
    },
  };
}

function toArchiveEntry(entry: ExportEntry): ArchiveEntry {
  const { name } = entry;
  if ('open' in entry) return { name, isCompressed: false, open: entry.open };
  const open = async () => Readable.from(linesOf(entry.records), { objectMode: false });
  return { name, isCompressed: true, open };
}

async function* linesOf(records: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

function alreadyExporting(): AppError {
  return new AppError('conflict', 'An export of yours is under way; wait for its end', {
    reason: 'export.in_progress',
    retryAfterSeconds: LEASE_SECONDS,
  });
}
