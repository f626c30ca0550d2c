import { teamScope, type UnitOfWork } from '#platform/db/database';
import { invalid, notFound } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Observer } from '#platform/telemetry/observer';
import type { Actor } from '#shared/actor';
import { newId, type FeedbackId, type MessageId, type TeamId } from '#shared/ids';
import type { MessageOrigin, MessagesRepository } from '../messages/messages.repository.ts';
import type { FeedbackRecord, FeedbackRepository } from './feedback.repository.ts';

export type FeedbackService = ReturnType<typeof createFeedbackService>;

export type FeedbackServiceDependencies = {
  readonly feedbackOf: (teamId: TeamId) => FeedbackRepository;
  readonly unitOfWork: UnitOfWork<{ messages: MessagesRepository; feedback: FeedbackRepository }>;
  readonly observer: Observer | undefined;
  readonly metrics: Pick<Metrics, 'chatFeedbackTotal'>;
};

export type GiveFeedbackInput = OnMessage & Pick<FeedbackRecord, 'score' | 'comment'>;

type OnMessage = { readonly messageId: MessageId };

/** Feedback is its giver's alone, on answers in sessions of their own. */
export function createFeedbackService(dependencies: FeedbackServiceDependencies) {
  const { feedbackOf, unitOfWork, observer, metrics } = dependencies;

  function tellObserver(actor: Actor, message: MessageOrigin, feedback: FeedbackRecord): void {
    const { sessionId, runId, traceId } = message;
    if (!observer || traceId === null) return;
    const { teamId, userId } = actor;
    observer.score({
      id: feedback.id,
      work: { traceId, teamId, userId, sessionId, runId },
      name: 'user_feedback',
      value: feedback.score,
      ...(feedback.comment !== null && { comment: feedback.comment }),
    });
  }

  return {
    /** Gives feedback, or replaces what was given. @throws NOT_FOUND, VALIDATION_ERROR for what is no answer. */
    async give(actor: Actor, input: GiveFeedbackInput): Promise<FeedbackRecord> {
      const { teamId, userId } = actor;
      const scope = teamScope(teamId);
      const [message, given] = await unitOfWork.run(scope, async ({ messages, feedback }) => {
        const found = await messages.lock({ id: input.messageId, userId });
        if (!found) throw notFound('message', input.messageId);
        if (found.role !== 'assistant') throw noAnswer();
        const id = newId<FeedbackId>();
        return [found, await feedback.put({ ...input, id, teamId, userId })] as const;
      });
      metrics.chatFeedbackTotal.inc({ score: String(given.score) });
      tellObserver(actor, message, given);
      return given;
    },

    /** @throws NOT_FOUND */
    async get({ teamId, userId }: Actor, { messageId }: OnMessage): Promise<FeedbackRecord> {
      const feedback = await feedbackOf(teamId).find({ messageId, userId });
      return feedback ?? raiseNotFound(messageId);
    },

    /** @throws NOT_FOUND */
    async remove({ teamId, userId }: Actor, { messageId }: OnMessage): Promise<void> {
      const removed = await feedbackOf(teamId).remove({ messageId, userId });
      if (!removed) raiseNotFound(messageId);
      observer?.removeScore(removed);
    },
  };
}

function noAnswer() {
  const message = 'Feedback is given on answers of the assistant';
  return invalid([{ field: 'id', message }], 'feedback.no_answer');
}

function raiseNotFound(messageId: MessageId): never {
  throw notFound('feedback', messageId);
}
