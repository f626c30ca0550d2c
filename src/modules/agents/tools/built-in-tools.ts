import type { DocumentService, ReadText, SearchService } from '#modules/knowledge';
import type { HttpClient } from '#platform/http-client/http-client';
import type { AgentTool, ToolSource } from '../agent-tool.ts';
import type { EventLog } from '../event-log.ts';
import { answerFailures } from './answer-failures.ts';
import { createCalculatorTool } from './calculator.tool.ts';
import { createFetchUrlTool } from './fetch-url.tool.ts';
import { createListDocumentsTool } from './list-documents.tool.ts';
import { createReadDocumentTool } from './read-document.tool.ts';
import { createSearchProjectTool } from './search-project.tool.ts';

export type BuiltInToolsDependencies = {
  readonly search: Pick<SearchService, 'search'>;
  readonly documents: Pick<DocumentService, 'get' | 'list' | 'listChunks'>;
  readonly httpClient: Pick<HttpClient, 'request'>;
  readonly readText: ReadText;
  readonly refusals: EventLog;
};

/** Tools of our own, which are there for every agent. */
export function createBuiltInTools(dependencies: BuiltInToolsDependencies): ToolSource {
  const tools: readonly AgentTool[] = [
    createCalculatorTool(),
    createFetchUrlTool(dependencies),
    createListDocumentsTool(dependencies.documents),
    createReadDocumentTool(dependencies.documents),
    createSearchProjectTool(dependencies.search),
  ].map((tool) => answerFailures(tool, dependencies.refusals));
  return {
    list: async (_user, names) => ({
      tools: tools.filter(({ name }) => names.includes(name)),
      close: async () => undefined,
    }),
  };
}
