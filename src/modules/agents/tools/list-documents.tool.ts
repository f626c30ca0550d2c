import { z } from 'zod';
import type { DocumentService } from '#modules/knowledge';
import type { AgentTool } from '../agent-tool.ts';
import { defineTool, succeed } from './define-tool.ts';
import { projectOf } from './project-of.ts';

const MAX_PAGE = 1_000_000;
const MAX_PAGE_SIZE = 50;
const DEFAULT_PAGE_SIZE = 20;

const ListDocumentsInput = z.strictObject({
  page: z.int().min(1).max(MAX_PAGE).default(1).describe('Page of the list, counted from 1'),
  page_size: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
});

export function createListDocumentsTool(documents: Pick<DocumentService, 'list'>): AgentTool {
  return defineTool({
    name: 'list_documents',
    description:
      'Lists the documents of the project by title, each with its id and whether it is ready to be searched.',
    input: ListDocumentsInput,
    touches: ['project'],
    async run({ page, page_size: pageSize }, context) {
      const { items, total } = await documents.list(context.actor, {
        projectId: projectOf(context),
        status: undefined,
        isDeleted: false,
        sort: { column: 'title', direction: 'asc' },
        page,
        pageSize,
      });
      const listed = items.map(({ id, title, mimeType, status, pageCount, updatedAt }) => ({
        document_id: id,
        title,
        mime_type: mimeType,
        status,
        page_count: pageCount,
        updated_at: updatedAt,
      }));
      return succeed(JSON.stringify({ documents: listed, total, page, page_size: pageSize }));
    },
  });
}
