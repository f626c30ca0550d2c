/** The tools that every agent may be given. */
export const TOOL_NAMES: ReadonlySet<string> = new Set([
  'calculator',
  'fetch_url',
  'list_documents',
  'read_document',
  'search_project',
]);
