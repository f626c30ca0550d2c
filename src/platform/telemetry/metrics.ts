import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { registerProcessMetrics } from './process-metrics.ts';

export type Metrics = ReturnType<typeof createMetrics>;

const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const QUERY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const MODEL_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60];
const JOB_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900];

/** Every metric of the service in a registry of its own; each is named as on the wire, in camelCase. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerProcessMetrics(registry);
  const meters = createMeters(registry);
  return {
    registry,
    ...createHttpMetrics(meters),
    ...createPlatformMetrics(meters),
    ...createPeopleMetrics(meters),
    ...createModelMetrics(meters),
    ...createKnowledgeMetrics(meters),
  };
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labels: readonly Label[]) =>
    new Counter({ name, help, labelNames: [...labels], registers });
  const gauge = <Label extends string>(name: string, help: string, labels: readonly Label[]) =>
    new Gauge({ name, help, labelNames: [...labels], registers });
  const histogram =
    (buckets: number[]) =>
    <Label extends string>(name: string, help: string, labels: readonly Label[]) =>
      new Histogram({ name, help, labelNames: [...labels], buckets, registers });
  return {
    counter,
    gauge,
    requestTimes: histogram(REQUEST_BUCKETS),
    queryTimes: histogram(QUERY_BUCKETS),
    modelTimes: histogram(MODEL_BUCKETS),
    jobTimes: histogram(JOB_BUCKETS),
  };
}

function createHttpMetrics({ counter, gauge, requestTimes, jobTimes }: Meters) {
  return {
    httpRequestsTotal: counter('http_requests_total', 'Answered HTTP requests', [
      'method',
      'endpoint',
      'status_code',
    ]),
    httpRequestDurationSeconds: requestTimes(
      'http_request_duration_seconds',
      'Time to answer an HTTP request',
      ['method', 'endpoint', 'status_code'],
    ),
    httpRequestsInProgress: gauge('http_requests_in_progress', 'HTTP requests being answered', [
      'method',
      'endpoint',
    ]),

    rateLimitHitsTotal: counter('rate_limit_hits_total', 'Requests refused by a rate limit', [
      'endpoint',
      'scope',
    ]),
    rateLimitFailOpenTotal: counter(
      'rate_limit_fail_open_total',
      'Decisions made by this process alone because Redis was gone',
      ['scope'],
    ),

    webhookEventsTotal: counter('webhook_events_total', 'Events that providers sent', [
      'provider',
      'type',
      'status',
    ]),
    webhookDurationSeconds: jobTimes(
      'webhook_duration_seconds',
      'Time to process an event of a provider',
      ['provider', 'type', 'status'],
    ),

    websocketConnections: gauge('websocket_connections', 'WebSockets that are open', []),
    websocketMessagesTotal: counter('websocket_messages_total', 'Messages over WebSockets', [
      'direction',
      'type',
    ]),
  };
}

function createPlatformMetrics({ counter, gauge, queryTimes, jobTimes }: Meters) {
  return {
    dbQueriesTotal: counter('db_queries_total', 'Database statements', ['operation', 'table']),
    dbQueryDurationSeconds: queryTimes(
      'db_query_duration_seconds',
      'Time of a database statement',
      ['operation', 'table'],
    ),
    dbPoolConnections: gauge('db_pool_connections', 'Connections of the pool', ['state']),

    redisOperationsTotal: counter('redis_operations_total', 'Redis commands', [
      'operation',
      'status',
    ]),
    cacheHitsTotal: counter('cache_hits_total', 'Values found in the cache', ['operation']),
    cacheMissesTotal: counter('cache_misses_total', 'Values not found in the cache', ['operation']),

    jobsTotal: counter('jobs_total', 'Attempts of jobs', ['queue', 'status']),
    jobDurationSeconds: jobTimes('job_duration_seconds', 'Time of a job attempt', [
      'queue',
      'status',
    ]),
    jobsWaiting: gauge('jobs_waiting', 'Jobs that wait to run', ['queue']),

    telemetryDroppedTotal: counter('telemetry_dropped_total', 'Telemetry that could not be sent', [
      'kind',
    ]),
  };
}

function createPeopleMetrics({ counter, gauge }: Meters) {
  return {
    appUsersTotal: gauge('app_users_total', 'Users', ['tier']),
    appActiveSessions: gauge('app_active_sessions', 'Sign-in sessions that are alive', []),

    authEventsTotal: counter('auth_events_total', 'Sign-in events', ['event', 'provider']),
    authFailuresTotal: counter('auth_failures_total', 'Refused sign-ins', ['reason']),

    emailsTotal: counter('emails_total', 'Mails handed over for delivery', ['status']),
  };
}

function createModelMetrics({ counter, gauge, modelTimes }: Meters) {
  return {
    llmRequestsTotal: counter('llm_requests_total', 'Calls of models', [
      'provider',
      'model',
      'status',
    ]),
    llmRequestDurationSeconds: modelTimes('llm_request_duration_seconds', 'Time of a model call', [
      'provider',
      'model',
      'status',
    ]),
    llmTokensTotal: counter('llm_tokens_total', 'Tokens of model calls', [
      'provider',
      'model',
      'direction',
    ]),
    llmCostTotal: counter('llm_cost_total', 'Cost of model calls, in the configured currency', [
      'provider',
      'model',
    ]),

    llmCircuitState: gauge(
      'llm_circuit_state',
      'Circuit of a model: 0 closed, 1 half-open, 2 open',
      ['provider', 'model'],
    ),

    userCostMonth: gauge('user_cost_month', 'What users cost this month, by quantile', [
      'tier',
      'quantile',
    ]),
    userCostMonthMax: gauge('user_cost_month_max', 'What the dearest user cost this month', []),
    usersOverCostAlert: gauge(
      'users_over_cost_alert',
      'Users that cost more than the alert this month',
      [],
    ),
    budgetUsedRatioMax: gauge(
      'budget_used_ratio_max',
      'How far the fullest spend limit is used, from 0 to 1',
      [],
    ),
    costAlertPerUser: gauge('cost_alert_per_user', 'The setting COST_ALERT_PER_USER', []),
    costTargetPerUser: gauge('cost_target_per_user', 'The setting COST_TARGET_PER_USER', []),
  };
}

function createKnowledgeMetrics({ counter, gauge, queryTimes, modelTimes, jobTimes }: Meters) {
  return {
    appChatRequestsTotal: counter('app_chat_requests_total', 'Chat requests', ['model', 'tier']),
    chatTimeToFirstTokenSeconds: modelTimes(
      'chat_time_to_first_token_seconds',
      'Time to the first token of an answer',
      ['model', 'tier'],
    ),
    chatStreamTokensTotal: counter('chat_stream_tokens_total', 'Tokens sent in streams', [
      'model',
      'tier',
    ]),
    chatFeedbackTotal: counter('chat_feedback_total', 'Feedback on answers, given or changed', [
      'score',
    ]),
    chatStreamsInProgress: gauge('chat_streams_in_progress', 'Chat streams that are open', [
      'model',
      'tier',
    ]),

    documentsTotal: counter('documents_total', 'Documents that reached a status', ['status']),
    documentsOutdated: gauge(
      'documents_outdated',
      'Documents whose index is to be renewed, since other settings made it',
      [],
    ),
    ingestionDurationSeconds: jobTimes(
      'ingestion_duration_seconds',
      'Time of a step of ingestion',
      ['step'],
    ),
    retrievalDurationSeconds: queryTimes('retrieval_duration_seconds', 'Time to find passages', [
      'mode',
    ]),
    vectorStoreDurationSeconds: queryTimes(
      'vector_store_duration_seconds',
      'Time of an operation of a vector store beside the database',
      ['operation', 'status'],
    ),
    citationsRejectedTotal: counter(
      'citations_rejected_total',
      'Citations dropped because their quote was not in what was retrieved',
      [],
    ),
  };
}
