import { z } from 'zod';
import type { RetrievedPassage, SearchService } from '#modules/knowledge';
import type { AgentTool } from '../agent-tool.ts';
import { defineTool } from './define-tool.ts';
import { projectOf } from './project-of.ts';

const MAX_QUERY_CHARACTERS = 1000;
const MAX_PASSAGES = 20;

const SearchProjectInput = z.strictObject({
  query: z.string().min(1).max(MAX_QUERY_CHARACTERS).describe('What to look for, in plain words'),
  limit: z.int().min(1).max(MAX_PASSAGES).optional().describe('The most passages to return'),
});

export function createSearchProjectTool(search: Pick<SearchService, 'search'>): AgentTool {
  return defineTool({
    name: 'search_project',
    description:
      'Searches the documents of the project, and returns the passages that fit best, each with the document it is from.',
    input: SearchProjectInput,
    touches: ['project'],
    async run({ query, limit }, context) {
      const input = { projectId: projectOf(context), query, topK: limit };
      const { passages } = await search.search(context.actor, input, context.signal);
      return { text: renderPassages(passages), isError: false, passages };
    },
  });
}

function renderPassages(passages: readonly RetrievedPassage[]): string {
  if (passages.length === 0) return 'Nothing was found.';
  return passages.map(renderPassage).join('\n\n');
}

function renderPassage({ documentId, documentTitle, page, content }: RetrievedPassage): string {
  const place = { document_id: documentId, title: documentTitle, ...(page !== null && { page }) };
  return `${JSON.stringify(place)}\n${content}`;
}
