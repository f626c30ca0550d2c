import type { App } from '#platform/http/app';
import { StreamParams } from '../runs/runs.schemas.ts';
import {
  ApprovalCreate,
  ApprovalListResponse,
  ApprovalResponse,
  presentApproval,
  readDecision,
} from './approvals.schemas.ts';
import type { ApprovalService } from './approvals.service.ts';

const tags = ['chat'];

const listApprovals = {
  schema: {
    operationId: 'listChatApprovals',
    summary: 'List the calls of tools of an own run that wait for a decision, or had one',
    tags,
    params: StreamParams,
    response: { 200: ApprovalListResponse },
  },
  config: { access: 'user' },
} as const;
const createApproval = {
  schema: {
    operationId: 'createChatApproval',
    summary: 'Approve or reject a call of a tool that an own run waits with',
    description: 'The run goes on when all of its calls are decided.',
    tags,
    params: StreamParams,
    body: ApprovalCreate,
    response: { 200: ApprovalResponse },
  },
  config: { access: 'user' },
} as const;

export function registerApprovalRoutes(
  app: App,
  { approvals }: { readonly approvals: ApprovalService },
): void {
  app.get('/chat/runs/:run_id/approvals', listApprovals, async (request) => {
    const calls = await approvals.list(request.actor, { runId: request.params.run_id });
    return { items: calls.map(presentApproval) };
  });

  app.post('/chat/runs/:run_id/approvals', createApproval, async (request) => {
    const input = readDecision(request.params.run_id, request.body);
    return presentApproval(await approvals.decide(request.actor, input));
  });
}
