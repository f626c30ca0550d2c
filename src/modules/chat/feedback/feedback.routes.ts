import { z } from 'zod';
import type { App } from '#platform/http/app';
import {
  FeedbackCreate,
  FeedbackParams,
  FeedbackResponse,
  presentFeedback,
} from './feedback.schemas.ts';
import type { FeedbackService } from './feedback.service.ts';

const tags = ['chat'];
const config = { access: 'user' } as const;

const giveFeedback = {
  schema: {
    operationId: 'giveChatFeedback',
    summary: 'Give feedback on an answer, or replace what you gave',
    tags,
    params: FeedbackParams,
    body: FeedbackCreate,
    response: { 200: FeedbackResponse },
  },
  config,
};
const readFeedback = {
  schema: {
    operationId: 'getChatFeedback',
    summary: 'Read your feedback on an answer',
    tags,
    params: FeedbackParams,
    response: { 200: FeedbackResponse },
  },
  config,
};
const deleteFeedback = {
  schema: {
    operationId: 'deleteChatFeedback',
    summary: 'Take back your feedback on an answer',
    tags,
    params: FeedbackParams,
    response: { 204: z.void() },
  },
  config,
};

export function registerFeedbackRoutes(
  app: App,
  { feedback }: { feedback: FeedbackService },
): void {
  app.post('/chat/messages/:id/feedback', giveFeedback, async (request) => {
    const { score, comment = null } = request.body;
    const input = { messageId: request.params.id, score, comment };
    return presentFeedback(await feedback.give(request.actor, input));
  });

  app.get('/chat/messages/:id/feedback', readFeedback, async (request) =>
    presentFeedback(await feedback.get(request.actor, { messageId: request.params.id })),
  );

  app.delete('/chat/messages/:id/feedback', deleteFeedback, async (request, reply) => {
    await feedback.remove(request.actor, { messageId: request.params.id });
    return reply.code(204).send();
  });
}
