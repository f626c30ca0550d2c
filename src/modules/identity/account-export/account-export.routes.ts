import { create as contentDisposition } from 'content-disposition';
import { z } from 'zod';
import type { App } from '#platform/http/app';
import { giveUpWhenStalled } from '#platform/http/give-up-when-stalled';
import type { AccountExportService } from './account-export.service.ts';

const ExportArchive = z
  .unknown()
  .describe(
    'A zip archive: one `<kind>.jsonl` a kind, with one JSON object a line, and under `files/` the files as they were uploaded',
  )
  .meta({ id: 'ExportArchive', type: 'string', format: 'binary' });

const exportMe = {
  schema: {
    operationId: 'exportCurrentUser',
    summary: 'Download everything that is mine',
    description:
      'Made while it is read, so its length is not told before; an archive that was cut off has no directory at its end and does not open. One at a time: 409 `export.in_progress`.',
    tags: ['users'],
    response: { 200: ExportArchive },
  },
  config: { access: 'user', signIn: 'person', rateLimit: 'export' },
} as const;

export function registerAccountExportRoutes(
  app: App,
  { accountExport }: { readonly accountExport: AccountExportService },
): void {
  app.get('/users/me/export', exportMe, async (request, reply) => {
    const archive = await accountExport.exportMe(request.actor);
    giveUpWhenStalled(reply);
    return reply
      .header('content-type', 'application/zip')
      .header('content-disposition', contentDisposition('groundwork-export.zip'))
      .header('cache-control', 'no-store')
      .send(archive);
  });
}
