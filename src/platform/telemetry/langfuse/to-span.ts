import { randomBytes } from 'node:crypto';
import { LangfuseOtelSpanAttributes as Names, type OtelSpan } from '@langfuse/core';
import type { Observation, ObservedUsage, ObservedWork } from '../observer.ts';
import { contentText } from './content-text.ts';

export type SpanSettings = {
  readonly content: 'full' | 'none';
  readonly environment: string;
  readonly release: string;
};

const TYPES = {
  run: 'chain',
  generation: 'generation',
  embedding: 'embedding',
  retrieval: 'retriever',
} as const;
const STATUS_OK = 1;
const STATUS_ERROR = 2;
const SPAN_ID_BYTES = 8;
const SPAN_ID_LENGTH = SPAN_ID_BYTES * 2;
const MICROS_PER_USD = 1_000_000;

/** An observation as a span with Langfuse's attributes, which its OpenTelemetry endpoint takes. */
export function toSpan(observation: Observation, settings: SpanSettings): OtelSpan {
  const { kind, name, work, startedMs, endedMs, failure } = observation;
  const run = work.runId && spanIdOf(work.runId);
  const attributes = { ...attributesOf(observation), ...contentOf(observation, settings) };
  return {
    traceId: work.traceId,
    spanId: run && kind === 'run' ? run : randomBytes(SPAN_ID_BYTES).toString('hex'),
    ...(run && kind !== 'run' && { parentSpanId: run }),
    name,
    kind: 1,
    startTimeUnixNano: toNanoseconds(startedMs),
    endTimeUnixNano: toNanoseconds(endedMs),
    attributes: listAttributes({
      ...attributes,
      [Names.ENVIRONMENT]: settings.environment,
      [Names.RELEASE]: settings.release,
    }),
    status: { code: failure === undefined ? STATUS_OK : STATUS_ERROR },
  };
}

/** About how much of a request a span takes. */
export function sizeOfSpan({ attributes = [] }: OtelSpan): number {
  return attributes.reduce(
    (bytes, { key = '', value }) => bytes + key.length + (value?.stringValue?.length ?? 0),
    0,
  );
}

type Attributes = Readonly<Record<string, string | undefined>>;

function attributesOf(observation: Observation): Attributes {
  const { kind, model, usage, failure, firstOutputMs, metadata } = observation;
  return {
    ...traceAttributes(observation.work),
    [Names.OBSERVATION_TYPE]: TYPES[kind],
    [Names.OBSERVATION_MODEL]: model?.name,
    [Names.OBSERVATION_MODEL_PARAMETERS]: model?.parameters && JSON.stringify(model.parameters),
    [Names.OBSERVATION_USAGE_DETAILS]: usage && JSON.stringify(usageDetails(usage)),
    [Names.OBSERVATION_COST_DETAILS]: usage && JSON.stringify(costDetails(usage)),
    [Names.OBSERVATION_COMPLETION_START_TIME]:
      firstOutputMs === undefined ? undefined : JSON.stringify(new Date(firstOutputMs)),
    [Names.OBSERVATION_LEVEL]: levelOf(failure),
    [Names.OBSERVATION_STATUS_MESSAGE]: failure,
    ...prefixed(Names.OBSERVATION_METADATA, {
      provider: model?.provider,
      usage_estimated: usage && String(usage.isEstimated),
      ...metadata,
    }),
  };
}

function traceAttributes(work: ObservedWork): Attributes {
  const { teamId, userId, apiKeyId, projectId, sessionId, runId } = work;
  return {
    [Names.TRACE_NAME]: runId ? 'chat' : undefined,
    [Names.TRACE_USER_ID]: userId ?? undefined,
    [Names.TRACE_SESSION_ID]: sessionId ?? undefined,
    ...prefixed(Names.TRACE_METADATA, {
      team_id: teamId,
      api_key_id: apiKeyId ?? undefined,
      project_id: projectId ?? undefined,
      run_id: runId ?? undefined,
    }),
  };
}

function contentOf(observation: Observation, { content }: SpanSettings): Attributes {
  if (content === 'none') return {};
  const input = contentText(observation.input);
  const output = contentText(observation.output);
  return {
    [Names.OBSERVATION_INPUT]: input,
    [Names.OBSERVATION_OUTPUT]: output,
    ...(observation.kind === 'run' && {
      [Names.TRACE_INPUT]: input,
      [Names.TRACE_OUTPUT]: output,
    }),
  };
}

/** Langfuse adds the members up, so what is a part of another is taken out of it. */
function usageDetails(usage: ObservedUsage): Record<string, number> {
  const { promptTokens, completionTokens, cachedTokens = 0, reasoningTokens = 0 } = usage;
  return {
    input: promptTokens - cachedTokens,
    output: completionTokens - reasoningTokens,
    ...(cachedTokens > 0 && { input_cached_tokens: cachedTokens }),
    ...(reasoningTokens > 0 && { output_reasoning_tokens: reasoningTokens }),
    total: promptTokens + completionTokens,
  };
}

function costDetails({ costUsdMicros }: ObservedUsage): Record<string, number> {
  return { total: costUsdMicros / MICROS_PER_USD };
}

function levelOf(failure: string | undefined): string | undefined {
  if (failure === undefined) return undefined;
  return failure === 'aborted' ? 'WARNING' : 'ERROR';
}

function prefixed(
  prefix: string,
  members: Readonly<Record<string, string | number | undefined>>,
): Attributes {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      `${prefix}.${name}`,
      value === undefined ? undefined : String(value),
    ]),
  );
}

function listAttributes(attributes: Attributes) {
  return Object.entries(attributes).flatMap(([key, stringValue]) =>
    stringValue === undefined ? [] : [{ key, value: { stringValue } }],
  );
}

/** The span of a run is known to its parts before it is sent: the random half of the run's id. */
function spanIdOf(runId: string): string {
  return runId.replaceAll('-', '').slice(-SPAN_ID_LENGTH);
}

function toNanoseconds(milliseconds: number): string {
  return `${milliseconds}000000`;
}
