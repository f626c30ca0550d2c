import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { isForeignKeyViolation } from '#platform/db/error-translation';
import { notFound } from '#platform/errors/app-error';
import type { Credential } from '#shared/actor';
import type { MessageId, RunId } from '#shared/ids';
import type { FinishedAnswer } from '../messages/messages.repository.ts';
import type { NewSession } from '../sessions/sessions.repository.ts';
import type { RunIdentity } from './active-runs.ts';
import type { RunHold } from './run-hold.ts';
import type { EndStatus } from './runs.repository.ts';
import type { StoredRequest } from './stored-request.ts';

export type RunBeginning = RunIdentity & {
  readonly questionId: MessageId;
  readonly question: string;
  readonly traceId: string;
  readonly leaseSeconds: number;
  /** Queued: it waits for the one before it, and no process has it. */
  readonly status: 'queued' | 'running';
  /** What another process needs to execute the run. */
  readonly request: StoredRequest;
  readonly credential: Credential;
  /** What is told first, as JSON texts. */
  readonly firstEvents: readonly string[];
  /** Set where the run begins a session. */
  readonly newSession: NewSession | undefined;
};

export type UsageItem = {
  readonly id: string;
  /** The record of the tokens that are billed: where it is there, nothing is added. */
  readonly useId: string;
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

export type RunEnding = RunHold & {
  readonly runId: RunId;
  readonly status: EndStatus;
  readonly answer: FinishedAnswer;
  /** For a session that has no name yet. */
  readonly sessionName: string;
  readonly usage: readonly UsageItem[];
  /** Who gave the answer's end. */
  readonly model: string;
  /** All that was told, as JSON texts. */
  readonly events: readonly string[];
};

export type RunBill = RunHold & {
  readonly runId: RunId;
  readonly usage: readonly UsageItem[];
  readonly costUsdRate: number;
  readonly currency: string;
};

export type RunSuspension = RunHold & {
  readonly runId: RunId;
  /** All that was told, as JSON texts. */
  readonly events: readonly string[];
};

/** Whether another run waits for the end of this one. */
export type EndedRun = { readonly isFollowed: boolean };

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
          insert into runs (id, team_id, user_id, session_id, status, attempts, model, trace_id, lease_until,
            request, credential)
          select ${run.id}::uuid, ${run.teamId}::uuid, ${run.userId}::uuid, ${run.sessionId}::uuid,
            ${run.status}::text, ${run.status === 'queued' ? 0 : 1}::integer, ${run.model}::text,
            ${run.traceId}::text, now() + make_interval(secs => ${run.leaseSeconds}),
            ${JSON.stringify(run.request)}::json, ${JSON.stringify(run.credential)}::json
          where ${run.status}::text = 'queued' or not exists (
            select from runs where session_id = ${run.sessionId} and status = 'queued')
          on conflict (session_id) where status in ('running', 'waiting') do nothing
          returning id, team_id, session_id, trace_id
        ), told as (
          insert into run_events (run_id, first_event_id, last_event_id, team_id, events)
          select id, 1, ${run.firstEvents.length}::integer, team_id, ${run.firstEvents.join('\n')}::text from begun
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

    /**
     * Stores the answer, what it used, and all events in one row. Undefined, and nothing is stored, where the run has
     * ended or another process holds it.
     */
    async end(ending: RunEnding): Promise<EndedRun | undefined> {
      const { answer, events } = ending;
      const { rows } = await sql<EndedRun>`
        with ended as (
          update runs set status = ${ending.status}, finished_at = now(), updated_at = now()
          where id = ${ending.runId} and status in ('queued', 'running')
            and attempts = ${ending.attempts}
          returning id, team_id, user_id, session_id, trace_id
        ), answered as (
          update messages set content = ${answer.content}, model = ${ending.model}, status = ${answer.status},
            citations = ${JSON.stringify(answer.citations)}, tool_calls = ${JSON.stringify(answer.toolCalls)},
            prompt_tokens = ${answer.promptTokens},
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
          ${insertUsage({ ...ending, ...answer, from: 'ended', latencyMs: answer.latencyMs })}
        ), ${compactEvents('ended', events)}
        select exists(select from runs where session_id = ended.session_id and status = 'queued') as "isFollowed"
        from ended
      `.execute(queries);
      return rows[0];
    },

    /** Bills what turns used that are over; what is billed already adds nothing. False where another process holds the run. */
    async bill({ runId, attempts, ...billed }: RunBill): Promise<boolean> {
      const { rows } = await sql`
        with held as (
          select id, team_id, user_id, session_id, trace_id from runs
          where id = ${runId} and attempts = ${attempts} and status = 'running' for share
        ), metered as (${insertUsage({ ...billed, from: 'held', latencyMs: null })})
        select id from held
      `.execute(queries);
      return rows.length > 0;
    },

    /**
     * Puts a run aside until a human has decided; from then on it needs no reader. One that was called off meanwhile is
     * ended by who takes it up. False where another process holds the run.
     */
    async suspend({ runId, attempts, events }: RunSuspension): Promise<boolean> {
      const { rows } = await sql`
        with suspended as (
          update runs set status = case when cancel_requested_at is null then 'waiting' else 'queued' end,
            pauses = pauses + 1, updated_at = now(),
            request = (request::jsonb || '{"isBackground": true}')::json
          where id = ${runId} and attempts = ${attempts} and status = 'running'
          returning id, team_id
        ), ${compactEvents('suspended', events)}
        select id from suspended
      `.execute(queries);
      return rows.length > 0;
    },
  };
}

/** All events of a run as one row. */
function compactEvents(from: 'ended' | 'suspended', events: readonly string[]) {
  const run = sql.table(from);
  return sql`compacted as (
          delete from run_events using ${run} where run_events.run_id = ${run}.id and first_event_id > 1
        ), streamed as (
          insert into run_events (run_id, first_event_id, last_event_id, team_id, events)
          select ${run}.id, 1, ${events.length}::integer, ${run}.team_id, ${events.join('\n')}::text
          from ${run}
          on conflict (run_id, first_event_id)
            do update set last_event_id = excluded.last_event_id, events = excluded.events
        )`;
}

type UsageInsert = Pick<RunBill, 'usage' | 'costUsdRate' | 'currency'> & {
  readonly from: 'ended' | 'held';
  readonly latencyMs: number | null;
};

/** The records of what was used, but for those that are there already. */
function insertUsage({ usage, from, costUsdRate, currency, latencyMs }: UsageInsert) {
  const run = sql.table(from);
  const items = usage.map((item) => ({
    id: item.id,
    use_id: item.useId,
    metric: item.metric,
    amount: item.amount,
    model: item.model,
    provider: item.provider,
    usage_estimated: item.isUsageEstimated,
    cost_micros: item.costMicros,
    prompt_tokens: item.promptTokens,
    completion_tokens: item.completionTokens,
    cached_tokens: item.cachedTokens,
    reasoning_tokens: item.reasoningTokens,
  }));
  return sql`
          insert into usage_records (id, team_id, user_id, metric, amount, cost_micros, cost_usd_rate,
            currency, trace_id, session_id, run_id, model, provider, prompt_tokens, completion_tokens,
            cached_tokens, reasoning_tokens, latency_ms, usage_estimated)
          select item.id, ${run}.team_id, ${run}.user_id, item.metric, item.amount, item.cost_micros,
            ${costUsdRate}::double precision, ${currency}::text, ${run}.trace_id,
            ${run}.session_id, ${run}.id, item.model, item.provider, item.prompt_tokens,
            item.completion_tokens, item.cached_tokens, item.reasoning_tokens,
            ${latencyMs}::integer, item.usage_estimated
          from ${run}, json_to_recordset(${JSON.stringify(items)}::json)
            as item (id uuid, use_id uuid, metric text, amount bigint, model text, provider text,
              usage_estimated boolean, cost_micros bigint, prompt_tokens bigint, completion_tokens bigint,
              cached_tokens bigint, reasoning_tokens bigint)
          where not exists (select from usage_records as known where known.id = item.use_id)`;
}

function newSession({ newSession: session }: RunBeginning) {
  if (!session) return sql``;
  return sql`new_session as (
    insert into sessions (id, team_id, user_id, project_id, name, model)
    values (${session.id}, ${session.teamId}, ${session.userId}, ${session.projectId}, ${session.name},
      ${session.model})
  ),`;
}
