import { z } from 'zod';
import { joinChunks, type DocumentService } from '#modules/knowledge';
import type { DocumentId } from '#shared/ids';
import type { AgentTool } from '../agent-tool.ts';
import { defineTool, succeed } from './define-tool.ts';
import { projectOf } from './project-of.ts';

const MAX_CHARACTERS = 20_000;
const DEFAULT_CHARACTERS = 8000;
const MAX_OFFSET = 1_000_000_000;
const MAX_PAGE = 100_000;

const ReadDocumentInput = z.strictObject({
  document_id: z
    .uuid()
    .transform((id) => id as DocumentId)
    .describe('As a search of the project names it'),
  page: z.int().min(1).max(MAX_PAGE).optional().describe('Only this page, where it has pages'),
  offset: z.int().min(0).max(MAX_OFFSET).default(0).describe('Characters to skip'),
  limit: z.int().min(1).max(MAX_CHARACTERS).default(DEFAULT_CHARACTERS),
});

type Reader = Pick<DocumentService, 'get' | 'listChunks'>;
type TextWindow = { readonly offset: number; readonly limit: number };

export function createReadDocumentTool(documents: Reader): AgentTool {
  return defineTool({
    name: 'read_document',
    description:
      'Reads the text of one document of the project, a window of characters at a time. Says where to go on.',
    input: ReadDocumentInput,
    touches: ['project'],
    async run({ document_id, page, offset, limit }, context) {
      const key = { projectId: projectOf(context), id: document_id };
      const { title, status } = await documents.get(context.actor, key);
      const pieces = joinChunks(
        (request) => documents.listChunks(context.actor, { ...key, page: request }),
        (chunk) => page === undefined || chunk.page === page,
      );
      const { text, hasMore } = await cutWindow(pieces, { offset, limit });
      const next = hasMore ? { next_offset: offset + text.length } : {};
      return succeed(`${JSON.stringify({ title, status, offset, ...next })}\n${text}`);
    },
  });
}

/** What stands in the window, and whether something follows it. */
async function cutWindow(pieces: AsyncIterable<string>, { offset, limit }: TextWindow) {
  const end = offset + limit;
  let position = 0;
  let text = '';
  for await (const piece of pieces) {
    text += piece.slice(Math.max(0, offset - position), Math.max(0, end - position));
    position += piece.length;
    if (position > end) return { text, hasMore: true };
  }
  return { text, hasMore: false };
}
