import type { Belongings } from './belongings.ts';
import type { Client } from './client.ts';

/** What their owner sees of them. */
export function readBelongings(client: Client, ids: Belongings): Promise<readonly unknown[]> {
  const paths = [
    `/teams/${ids.teamId}`,
    `/teams/${ids.teamId}/members`,
    `/teams/${ids.teamId}/invitations`,
    `/api-keys/${ids.apiKeyId}`,
    `/spend-limits/${ids.spendLimitId}`,
    `/provider-keys/${ids.providerKeyId}`,
    `/projects`,
    `/projects/${ids.projectId}`,
    `/projects/${ids.projectId}/documents`,
    `/projects/${ids.projectId}/documents/${ids.documentId}`,
    `/projects/${ids.projectId}/prompts`,
    `/projects/${ids.projectId}/prompts/${ids.promptId}/versions`,
    `/projects/${ids.projectId}/agents`,
    `/projects/${ids.projectId}/mcp-servers`,
    `/projects/${ids.projectId}/agents/${ids.agentId}/versions`,
    `/files`,
    `/files/${ids.fileId}/content`,
    `/v1/vector_stores/${ids.vectorStoreId}`,
    `/v1/vector_stores/${ids.vectorStoreId}/files`,
    `/v1/vector_stores/${ids.vectorStoreId}/file_batches/${ids.fileBatchId}`,
    `/v1/responses/${ids.responseId}`,
    `/v1/conversations/${ids.conversationId}/items`,
    `/langgraph/threads/${ids.sessionId}`,
    `/langgraph/threads/${ids.sessionId}/runs`,
    `/langgraph/store/items?namespace=secret&key=secret`,
    `/chat/sessions`,
    `/chat/sessions/${ids.sessionId}`,
    `/chat/sessions/${ids.sessionId}/messages`,
    `/chat/messages/${ids.messageId}/feedback`,
    `/memories`,
    `/memories/settings`,
  ];
  return Promise.all(paths.map(async (path) => (await client.get(path)).body));
}
