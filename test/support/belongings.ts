import { randomUUID } from 'node:crypto';
import { uploadAndWait, type Client } from './client.ts';
import { keepMemory } from './memories.ts';
import { keepItem, langGraphBodies, langGraphFixtures } from './langgraph-fixtures.ts';
import { openAiBodies, openAiFixtures, respondInConversation } from './openai-fixtures.ts';

export type Belongings = Awaited<ReturnType<typeof createBelongings>>;

/** How an operation is asked for what belongs to somebody. */
export type Fixture = {
  /** The parameters of its path. */
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

const UPLOAD = { filename: 'secret.txt', purpose: 'evals', bytes: 3, mime_type: 'text/plain' };

const DECISION = { tool_call_id: 'call', decision: 'approve' };

/** One of everything that has an id. */
export async function createBelongings(client: Client) {
  const team = (await client.post('/teams', { name: 'Secret crew' })).body;
  const user = (await client.get('/users/me')).body;
  const guest = { email: `${randomUUID()}@example.com`, role: 'member' };
  const invitation = (await client.post(`/teams/${team.id}/invitations`, guest)).body;
  const apiKey = (await client.post('/api-keys', { name: 'Secret', scopes: ['read'] })).body;
  const limit = { scope: 'team', window: 'month', unit: 'cost', amount: 5 };
  const spendLimit = (await client.post('/spend-limits', limit)).body;
  const ownKey = { provider: 'openai', key: `sk-${randomUUID()}` };
  const providerKey = (await client.post('/provider-keys', ownKey)).body;
  const [authSession] = (await client.get('/users/me/auth-sessions')).body.items;
  const project = (await client.post('/projects', { name: 'Secret' })).body;
  const content = `canary ${randomUUID()}`;
  const document = await uploadAndWait(client, project.id, { name: 'secret.txt', content });
  const words = { name: 'secret', text: content };
  const prompt = (await client.post(`/projects/${project.id}/prompts`, words)).body;
  const agent = (
    await client.post(`/projects/${project.id}/agents`, { name: 'secret', instructions: content })
  ).body;
  const server = { name: 'secret', url: 'https://mcp.example.com/mcp' };
  const mcpServer = (await client.post(`/projects/${project.id}/mcp-servers`, server)).body;
  const file = (await client.upload('/files', content, 'secret.bin')).body;
  const upload = (await client.post('/v1/uploads', UPLOAD)).body;
  const vectorStoreId = `vs_${project.id}`;
  const fileBatch = (
    await client.post(`/v1/vector_stores/${vectorStoreId}/file_batches`, {
      file_ids: [`file-${file.id}`],
    })
  ).body;
  const [storeFile] = (await client.get(`/v1/vector_stores/${vectorStoreId}/files`)).body.data;
  const response = await respondInConversation(client, content);
  const { events } = await client.stream('/chat/stream', {
    message: 'canary?',
    project_id: project.id,
  });
  const [started] = await Array.fromAsync(events, ({ data }) => data);
  await client.post(`/chat/messages/${started.message_id}/feedback`, { score: 1 });
  await keepItem(client, 'secret');
  const memory = await keepMemory(client, content);
  return {
    teamId: String(team.id),
    userId: String(user.id),
    invitationId: String(invitation.id),
    apiKeyId: String(apiKey.id),
    authSessionId: String(authSession.id),
    spendLimitId: String(spendLimit.id),
    providerKeyId: String(providerKey.id),
    projectId: String(project.id),
    documentId: String(document.id),
    promptId: String(prompt.id),
    agentId: String(agent.id),
    mcpServerId: String(mcpServer.id),
    fileId: String(file.id),
    uploadId: String(upload.id),
    fileBatchId: String(fileBatch.id),
    vectorStoreId,
    storeFileId: String(storeFile.id),
    responseId: String(response.id),
    conversationId: String(response.conversation.id),
    conversationItemId: String(response.output[0].id),
    sessionId: String(started.session_id),
    messageId: String(started.message_id),
    runId: String(started.run_id),
    memoryId: String(memory.id),
  };
}

/** Every operation that takes an id in its path, by its name; administrators' ones too. */
export function pathFixtures(ids: Belongings): Readonly<Record<string, Fixture>> {
  const project = { params: { id: ids.projectId } };
  const document = { params: { id: ids.projectId, document_id: ids.documentId } };
  const file = { params: { id: ids.fileId } };
  const session = { params: { id: ids.sessionId } };
  const message = { params: { id: ids.messageId } };
  const team = { params: { id: ids.teamId } };
  const invitation = { params: { id: ids.teamId, invitation_id: ids.invitationId } };
  const member = { params: { id: ids.teamId, user_id: ids.userId } };
  const apiKey = { params: { id: ids.apiKeyId } };
  const spendLimit = { params: { id: ids.spendLimitId } };
  const providerKey = { params: { id: ids.providerKeyId } };
  const user = { params: { id: ids.userId } };
  return {
    retryFailedDocument: { params: { id: ids.documentId } },
    deleteMemory: { params: { id: ids.memoryId } },
    getTeam: team,
    updateTeam: { ...team, body: { name: 'taken over' } },
    deleteTeam: team,
    leaveTeam: team,
    transferTeam: { ...team, body: { user_id: randomUUID() } },
    listTeamMembers: team,
    updateTeamMember: { ...member, body: { role: 'viewer' } },
    removeTeamMember: member,
    createInvitation: { ...team, body: { email: 'stranger@example.com', role: 'owner' } },
    listInvitations: team,
    resendInvitation: invitation,
    revokeInvitation: invitation,
    getApiKey: apiKey,
    updateApiKey: { ...apiKey, body: { name: 'taken over' } },
    deleteApiKey: apiKey,
    getSpendLimit: spendLimit,
    updateSpendLimit: { ...spendLimit, body: { amount: 1 } },
    deleteSpendLimit: spendLimit,
    getProviderKey: providerKey,
    updateProviderKey: { ...providerKey, body: { key: 'sk-taken-over' } },
    deleteProviderKey: providerKey,
    verifyProviderKey: providerKey,
    deleteAuthSession: { params: { id: ids.authSessionId } },
    getProject: project,
    updateProject: { ...project, body: { name: 'taken over' } },
    deleteProject: project,
    restoreProject: project,
    uploadDocument: project,
    importDocument: { ...project, body: { url: 'https://example.com/' } },
    listDocuments: project,
    searchProject: { ...project, body: { query: 'canary' } },
    getDocument: document,
    downloadDocument: document,
    listDocumentChunks: document,
    deleteDocument: document,
    restoreDocument: document,
    reindexDocument: document,
    watchDocument: document,
    cancelDocument: document,
    listDocumentAttempts: document,
    ...agentFixtures(ids),
    ...openAiFixtures(ids),
    ...langGraphFixtures(ids),
    getFile: file,
    downloadFile: file,
    deleteFile: file,
    restoreFile: file,
    getChatSession: session,
    updateChatSession: { ...session, body: { name: 'taken over' } },
    deleteChatSession: session,
    listChatMessages: session,
    deleteChatMessages: session,
    giveChatFeedback: { ...message, body: { score: -1 } },
    getChatFeedback: message,
    deleteChatFeedback: message,
    cancelChat: session,
    resumeChatStream: { params: { run_id: ids.runId } },
    getChatRun: { params: { run_id: ids.runId } },
    cancelChatRun: { params: { run_id: ids.runId } },
    listChatApprovals: { params: { run_id: ids.runId } },
    createChatApproval: { params: { run_id: ids.runId }, body: DECISION },
    getUser: user,
    updateUser: { ...user, body: { tier: 'enterprise' } },
    activateUser: user,
    deactivateUser: user,
    resetUserPassword: user,
    impersonateUser: user,
  };
}

function agentFixtures(ids: Belongings): Readonly<Record<string, Fixture>> {
  const project = { id: ids.projectId };
  const prompt = { ...project, prompt_id: ids.promptId };
  const agent = { ...project, agent_id: ids.agentId };
  const mcpServer = { ...project, mcp_server_id: ids.mcpServerId };
  return {
    createPrompt: { params: project, body: { name: 'stranger', text: 'taken over' } },
    listPrompts: { params: project },
    getPrompt: { params: prompt },
    updatePrompt: { params: prompt, body: { text: 'taken over' } },
    deletePrompt: { params: prompt },
    listPromptVersions: { params: prompt },
    getPromptVersion: { params: { ...prompt, version: '1' } },
    createAgent: { params: project, body: { name: 'stranger' } },
    listAgents: { params: project },
    getAgent: { params: agent },
    updateAgent: { params: agent, body: { instructions: 'taken over' } },
    deleteAgent: { params: agent },
    listAgentVersions: { params: agent },
    createMcpServer: {
      params: project,
      body: { name: 'stranger', url: 'https://mcp.example.com/' },
    },
    listMcpServers: { params: project },
    getMcpServer: { params: mcpServer },
    updateMcpServer: { params: mcpServer, body: { enabled: false } },
    deleteMcpServer: { params: mcpServer },
    testMcpServer: { params: mcpServer },
    getAgentVersion: { params: { ...agent, version: '1' } },
  };
}

/** Every operation that takes such an id in its body. */
export function bodyFixtures(ids: Belongings): Readonly<Record<string, object>> {
  const question = { message: 'canary?', project_id: ids.projectId, session_id: ids.sessionId };
  return {
    createSpendLimit: {
      scope: 'project',
      project_id: ids.projectId,
      window: 'month',
      unit: 'cost',
      amount: 1,
    },
    createChatSession: { project_id: ids.projectId },
    chat: { ...question, agent_id: ids.agentId },
    chatWithModel: {
      messages: [{ role: 'user', content: 'canary?' }],
      project_id: ids.projectId,
    },
    completeText: { prompt: 'canary?', project_id: ids.projectId },
    ...openAiBodies(ids),
    streamChat: question,
    ...langGraphBodies(ids),
  };
}
