import { toFile, type OpenAI } from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '#test/model-server';
import { newcomer } from '#test/openai-client';
import { createWitness, describeCoverage, listDescribed } from '#test/openai-coverage';
import { startTestService, type TestService } from '#test/service';

const MODEL = 'builtin-extractive';
const FAST = { pollIntervalMs: 50 };
const TEXT = 'Herons stand still for hours.';

const witness = createWitness();
let model: ModelServer;
let test: TestService;
let openai: OpenAI;

beforeAll(async () => {
  model = await startModelServer();
  test = await startTestService({
    LLM_BASE_URL: model.baseUrl,
    LLM_API_KEY: 'sk-upstream',
    EMBEDDING_PROVIDER: 'builtin',
  });
  const person = await newcomer(test.baseUrl);
  openai = person.openai.withOptions({ fetch: witness.fetch });
});
afterAll(async () => {
  await test.close();
  await model.close();
});

it('answers the official client at every operation that OpenAI and we describe', async () => {
  await callModels();
  await callResponses();
  await callConversations();
  const fileId = await callFiles();
  await callUploads();
  await callVectorStores(fileId);
  await openai.files.delete(fileId);

  const described = await listDescribed(test.baseUrl);
  const covered = described.filter(witness.wasAnswered);
  process.stdout.write(`${describeCoverage(covered)}\n`);
  expect(described.filter((operation) => !witness.wasAnswered(operation))).toEqual([]);
  expect(covered.length).toBeGreaterThan(0);
});

async function callModels(): Promise<void> {
  await openai.models.list();
  await openai.models.retrieve(MODEL);
  await openai.chat.completions.create({
    model: MODEL,
    messages: [{ role: 'user', content: TEXT }],
  });
  await openai.embeddings.create({ model: 'builtin-hashed', input: TEXT });
  await openai.moderations.create({ input: TEXT });
}

async function callResponses(): Promise<void> {
  const { id } = await openai.responses.create({ model: MODEL, input: TEXT });
  await openai.responses.retrieve(id);
  await openai.responses.inputItems.list(id);
  await openai.responses.delete(id);
}

async function callConversations(): Promise<void> {
  const { conversations } = openai;
  const message = { role: 'user', content: TEXT } as const;
  const { id } = await conversations.create({ items: [message] });
  const conversation = { conversation_id: id };
  await conversations.retrieve(id);
  await conversations.update(id, { metadata: { topic: 'birds' } });
  const added = await conversations.items.create(id, { items: [message] });
  await conversations.items.list(id);
  await conversations.items.retrieve(added.first_id, conversation);
  await conversations.items.delete(added.first_id, conversation);
  await conversations.delete(id);
}

async function callFiles(): Promise<string> {
  const file = await toFile(Buffer.from(TEXT), 'herons.txt');
  const { id } = await openai.files.create({ file, purpose: 'assistants' });
  await openai.files.list();
  await openai.files.retrieve(id);
  await openai.files.content(id);
  return id;
}

async function callUploads(): Promise<void> {
  const part = Buffer.from('abc');
  const asked = {
    filename: 'abc.txt',
    bytes: part.length,
    mime_type: 'text/plain',
    purpose: 'assistants',
  } as const;
  const upload = await openai.uploads.create(asked);
  const { id } = await openai.uploads.parts.create(upload.id, { data: await toFile(part, 'part') });
  await openai.uploads.complete(upload.id, { part_ids: [id] });
  await openai.uploads.cancel((await openai.uploads.create(asked)).id);
}

async function callVectorStores(fileId: string): Promise<void> {
  const { vectorStores } = openai;
  const { id: storeId } = await vectorStores.create({ name: 'Birds' });
  const store = { vector_store_id: storeId };
  await vectorStores.list();
  await vectorStores.retrieve(storeId);
  await vectorStores.update(storeId, { name: 'Waders' });
  await vectorStores.files.createAndPoll(storeId, { file_id: fileId }, FAST);
  await vectorStores.files.list(storeId);
  await vectorStores.files.update(fileId, { ...store, attributes: { kind: 'bird' } });
  await vectorStores.files.content(fileId, store);
  await vectorStores.search(storeId, { query: 'herons' });
  await vectorStores.files.delete(fileId, store);
  await callBatches(storeId);
  await vectorStores.delete(storeId);
}

async function callBatches(storeId: string): Promise<void> {
  const { fileBatches } = openai.vectorStores;
  const file = await openai.files.create({
    file: await toFile(Buffer.from('Cranes dance.'), 'cranes.txt'),
    purpose: 'assistants',
  });
  const { id } = await fileBatches.create(storeId, { file_ids: [file.id] });
  const batch = { vector_store_id: storeId };
  await fileBatches.retrieve(id, batch);
  await fileBatches.listFiles(id, batch);
  await fileBatches.cancel(id, batch);
}
