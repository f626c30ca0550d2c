import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { isForeignKeyViolation } from '#platform/db/error-translation';
import { notFound } from '#platform/errors/app-error';
import type { MessageId, RunId } from '#shared/ids';
import type { FinishedAnswer } from '../messages/messages.repository.ts';
import type { NewSession } from '../sessions/sessions.repository.ts';
import type { RunIdentity } from './active-runs.ts';
import type { EventBatch } from './run-events.repository.ts';
import type { RunStatus } from './runs.repository.ts';

export type RunBeginning = RunIdentity & {
  readonly questionId: MessageId;
  readonly question: string;
  readonly traceId: string;
  readonly leaseSeconds: number;
  /** Set where the run begins a session. */
  readonly newSession: NewSession | undefined;
};

export type UsageItem = {
  readonly id: string;
  readonly metric: 'ai_tokens' | 'ai_requests';
  readonly model: string;
  readonly provider: string | null;
  readonly isUsageEstimated: boolean;
  readonly amount: number;
  readonly costMicros: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
};

export type RunEnding = {
  readonly runId: RunId;
  readonly status: Exclude<RunStatus, 'running'>;
  /** Ends the run only if its lease has passed: its process may have come back meanwhile. */
  readonly isLost: boolean;
  readonly answer: FinishedAnswer;
  /** For a session that has no name yet. */
  readonly sessionName: string;
  readonly usage: readonly UsageItem[];
  /** Who gave the answer's end. */
  readonly model: string;
  readonly events: EventBatch;
};

export type RunTransitionsRepository = ReturnType<typeof createRunTransitionsRepository>;

/** The beginning and the end of a run: each all or nothing, and in one statement, since every answer pays for both. */
export function createRunTransitionsRepository(queries: Queries) {
  return {
    /**
     * Stores the question, its run and the pending answer, and the session where it is new. False where the session
     * has a running run already. @throws NOT_FOUND where the session was deleted meanwhile.
     */
    async begin(run: RunBeginning): Promise<boolean> {
      const { rows } = await sql<{ readonly id: MessageId }>`
        with ${newSession(run)} begun as (
          insert into runs (id, team_id, user_id, session_id, status, model, trace_id, lease_until)
          values (${run.id}, ${run.teamId}, ${run.userId}, ${run.sessionId}, 'running', ${run.model},
            ${run.traceId}, now() + make_interval(secs => ${run.leaseSeconds}))
          on conflict (session_id) where status = 'running' do nothing
          returning id, team_id, session_id, trace_id
        )
        insert into messages (id, team_id, session_id, run_id, role, content, model, status, trace_id)
        select message.id, begun.team_id, begun.session_id, begun.id, message.role, message.content,
          message.model, message.status, begun.trace_id
        from begun, (values
          (${run.questionId}::uuid, 'user', ${run.question}, null, 'complete'),
          (${run.answerId}::uuid, 'assistant', '', ${run.model}, 'pending')
        ) as message (id, role, content, model, status)
        returning messages.id
      `
        .execute(queries)
        .catch((error: unknown) => {
          if (!isForeignKeyViolation(error, 'runs_session_id_fkey')) throw error;
          throw notFound('session', run.sessionId);
        });
      return rows.length > 0;
    },

    /** Stores the answer, what it used and its last events; false, and nothing is stored, where the run has ended. */
    async end(ending: RunEnding): Promise<boolean> {
      const { answer, events } = ending;
      const usage = ending.usage.map(({ id, metric, amount, model, provider, ...used }) => ({
        id,
        metric,
        amount,
        model,
        provider,
        usage_estimated: used.isUsageEstimated,
        cost_micros: used.costMicros,
        prompt_tokens: used.promptTokens,
        completion_tokens: used.completionTokens,
        cached_tokens: used.cachedTokens,
        reasoning_tokens: used.reasoningTokens,
      }));
      const { rows } = await sql<{ readonly id: RunId }>`
        with ended as (
          update runs set status = ${ending.status}, finished_at = now(), updated_at = now()
          where id = ${ending.runId} and status = 'running'
            and (not ${ending.isLost}::boolean or lease_until < now())
          returning id, team_id, user_id, session_id, trace_id
        ), answered as (
          update messages set content = ${answer.content}, model = ${ending.model}, status = ${answer.status},
            citations = ${JSON.stringify(answer.citations)}, prompt_tokens = ${answer.promptTokens},
            completion_tokens = ${answer.completionTokens}, cost_micros = ${answer.costMicros},
            cost_usd_rate = ${answer.costUsdRate}, currency = ${answer.currency},
            usage_estimated = ${answer.isUsageEstimated}, latency_ms = ${answer.latencyMs},
            finish_reason = ${answer.finishReason}, error = ${answer.error}, updated_at = now()
          from ended where messages.run_id = ended.id and messages.status = 'pending'
        ), touched as (
          update sessions set last_message_at = now(), updated_at = now(),
            name = coalesce(sessions.name, ${ending.sessionName})
          from ended where sessions.id = ended.session_id
        ), metered as (
          insert into usage_records (id, team_id, user_id, metric, amount, cost_micros, cost_usd_rate,
            currency, trace_id, session_id, run_id, model, provider, prompt_tokens, completion_tokens,
            cached_tokens, reasoning_tokens, latency_ms, usage_estimated)
          select item.id, ended.team_id, ended.user_id, item.metric, item.amount, item.cost_micros,
            ${answer.costUsdRate}::double precision, ${answer.currency}::text, ended.trace_id,
            ended.session_id, ended.id, item.model, item.provider, item.prompt_tokens,
            item.completion_tokens, item.cached_tokens, item.reasoning_tokens,
            ${answer.latencyMs}::integer, item.usage_estimated
          from ended, json_to_recordset(${JSON.stringify(usage)}::json)
            as item (id uuid, metric text, amount bigint, model text, provider text, usage_estimated boolean,
              cost_micros bigint, prompt_tokens bigint, completion_tokens bigint, cached_tokens bigint,
              reasoning_tokens bigint)
        ), streamed as (
          insert into run_events (run_id, first_event_id, last_event_id, team_id, events)
          select ended.id, ${events.firstEventId}::integer,
            ${events.firstEventId + events.events.length - 1}::integer, ended.team_id,
            ${events.events.join('\n')}::text
          from ended
          on conflict (run_id, first_event_id)
            do update set last_event_id = excluded.last_event_id, events = excluded.events
        )
        select id from ended
      `.execute(queries);
      return rows.length > 0;
    },
  };
}

function newSession({ newSession: session }: RunBeginning) {
  if (!session) return sql``;
  return sql`new_session as (
    insert into sessions (id, team_id, user_id, project_id, name, model)
    values (${session.id}, ${session.teamId}, ${session.userId}, ${session.projectId}, ${session.name},
      ${session.model})
  ),`;
}
