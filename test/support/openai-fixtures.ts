import { randomUUID } from 'node:crypto';
import type { Belongings, Fixture } from './belongings.ts';
import type { Client, Json } from './client.ts';

const TAKEN_OVER = { role: 'user', content: 'taken over' };

/** OpenAI's operations that take an id in their path. */
export function openAiFixtures(ids: Belongings): Readonly<Record<string, Fixture>> {
  const store = { vector_store_id: ids.vectorStoreId };
  const file = { params: { file_id: `file-${ids.fileId}` } };
  const upload = { params: { upload_id: ids.uploadId } };
  const storeFile = { params: { ...store, file_id: ids.storeFileId } };
  const fileBatch = { params: { ...store, batch_id: ids.fileBatchId } };
  const response = { params: { response_id: ids.responseId } };
  const conversation = { conversation_id: ids.conversationId };
  const item = { params: { ...conversation, item_id: ids.conversationItemId } };
  const attributes = { taken: 'over' };
  return {
    getOpenAiModel: { params: { model: `project:${ids.projectId}` } },
    getOpenAiResponse: response,
    deleteOpenAiResponse: response,
    listOpenAiResponseItems: response,
    getOpenAiConversation: { params: conversation },
    updateOpenAiConversation: { params: conversation, body: { metadata: attributes } },
    deleteOpenAiConversation: { params: conversation },
    addOpenAiConversationItems: { params: conversation, body: { items: [TAKEN_OVER] } },
    listOpenAiConversationItems: { params: conversation },
    getOpenAiConversationItem: item,
    deleteOpenAiConversationItem: item,
    getOpenAiFile: file,
    downloadOpenAiFile: file,
    deleteOpenAiFile: file,
    addOpenAiUploadPart: upload,
    completeOpenAiUpload: { ...upload, body: { part_ids: [`part_${randomUUID()}`] } },
    cancelOpenAiUpload: upload,
    getOpenAiVectorStore: { params: store },
    updateOpenAiVectorStore: { params: store, body: { name: 'taken over' } },
    deleteOpenAiVectorStore: { params: store },
    searchOpenAiVectorStore: { params: store, body: { query: 'canary' } },
    addOpenAiVectorStoreFile: { params: store, body: { file_id: ids.storeFileId } },
    listOpenAiVectorStoreFiles: { params: store },
    getOpenAiVectorStoreFile: storeFile,
    updateOpenAiVectorStoreFile: { ...storeFile, body: { attributes } },
    removeOpenAiVectorStoreFile: storeFile,
    getOpenAiVectorStoreFileContent: storeFile,
    createOpenAiFileBatch: { params: store, body: { file_ids: [ids.storeFileId] } },
    getOpenAiFileBatch: fileBatch,
    cancelOpenAiFileBatch: fileBatch,
    listOpenAiFileBatchFiles: fileBatch,
  };
}

/** Those that take one in their body. */
export function openAiBodies(ids: Belongings): Readonly<Record<string, object>> {
  return {
    createOpenAiVectorStore: { file_ids: [ids.storeFileId] },
    createOpenAiResponse: {
      model: 'builtin-extractive',
      input: 'canary?',
      tools: [{ type: 'file_search', vector_store_ids: [`vs_${ids.projectId}`] }],
    },
  };
}

/** A response that is a part of a conversation, both with the word in them. */
export async function respondInConversation(client: Client, word: string): Promise<Json> {
  const { id } = (await client.post('/v1/conversations', { metadata: { word } })).body;
  const asked = { model: 'builtin-extractive', input: `What is ${word}?`, conversation: id };
  return (await client.post('/v1/responses', asked)).body;
}
