import { z } from 'zod';
import { text } from '#platform/http/schema-parts';
import type { RunId } from '#shared/ids';
import type { DecideInput, ToolApproval } from './approvals.service.ts';

const MAX_CALL_ID_LENGTH = 64;
const MAX_COMMENT_LENGTH = 2000;

export const ApprovalCreate = z
  .strictObject({
    tool_call_id: z
      .string()
      .max(MAX_CALL_ID_LENGTH)
      .regex(/^[\w-]+$/, 'Must be the id of a call'),
    decision: z.enum(['approve', 'reject']),
    comment: text(MAX_COMMENT_LENGTH).nullish().describe('The model is told it with a rejection'),
  })
  .meta({ id: 'ChatApprovalCreate' });

export const ApprovalResponse = z
  .object({
    tool_call_id: z.string(),
    name: z.string().describe('Of the tool'),
    arguments: z.string().describe('As the model wrote them'),
    status: z.enum(['pending', 'approved', 'rejected']),
    comment: z.string().nullable(),
  })
  .meta({ id: 'ChatApprovalResponse' });

export const ApprovalListResponse = z
  .object({ items: z.array(ApprovalResponse) })
  .meta({ id: 'ChatApprovalListResponse' });

export function readDecision(runId: RunId, body: z.output<typeof ApprovalCreate>): DecideInput {
  return {
    runId,
    toolCallId: body.tool_call_id,
    isApproved: body.decision === 'approve',
    comment: body.comment ?? undefined,
  };
}

export function presentApproval(approval: ToolApproval): z.input<typeof ApprovalResponse> {
  const { id, name, arguments: input, decision } = approval;
  return {
    tool_call_id: id,
    name,
    arguments: input,
    status: statusOf(decision),
    comment: decision?.comment ?? null,
  };
}

function statusOf(decision: ToolApproval['decision']): 'pending' | 'approved' | 'rejected' {
  if (!decision) return 'pending';
  return decision.isApproved ? 'approved' : 'rejected';
}
