import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { describeError } from './describe-error.ts';
import { redactMembers, redactText } from './redaction.ts';
import { currentContext } from './request-context.ts';

const STANDARD_OUTPUT = 1;
const BATCH_BYTES = 4096;
const BATCH_MS = 100;
const MAX_WAITING_BYTES = 16_777_216;

export type Logger = PinoLogger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export type LoggerOptions = {
  readonly level: LogLevel;
  /** `json` is one object a line for machines, `console` one readable line for people. */
  readonly format: 'json' | 'console';
  /** Where lines go; standard output without it. */
  readonly destination?: DestinationStream;
};

/** The root logger; a part of the service takes `logger.child({ module: 'name' })`. */
export function createLogger({
  level,
  format,
  destination = pino.destination(STANDARD_OUTPUT),
}: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    errorKey: 'err',
    timestamp: isoTimestamp,
    mixin: contextMembers,
    serializers: { err: describeError, error: describeError },
    formatters: { level: (label: string) => ({ level: label }), log: redactMembers },
    hooks: { streamWrite: redactText },
  };
  return pino(options, format === 'console' ? readable(destination) : destination);
}

/**
 * Standard output in batches: a system call a line would be a tenth of a small request. What waits is
 * written at exit; a process that is killed loses a tenth of a second. With a reader that stalls,
 * lines over 16 MiB are dropped, each told to `onDrop`, rather than the service held up.
 */
export function createBatchedOutput(onDrop: () => void): DestinationStream {
  const output = pino.destination({
    dest: STANDARD_OUTPUT,
    sync: false,
    minLength: BATCH_BYTES,
    periodicFlush: BATCH_MS,
    maxLength: MAX_WAITING_BYTES,
  });
  output.on('drop', onDrop);
  return output;
}

function isoTimestamp(): string {
  return `,"timestamp":"${new Date().toISOString()}"`;
}

function contextMembers(): object {
  const context = currentContext();
  if (!context) return {};
  return {
    trace_id: context.traceId,
    span_id: context.spanId,
    request_id: context.requestId,
    user_id: context.userId,
  };
}

function readable(destination: DestinationStream): DestinationStream {
  const format = prettyFactory({
    messageKey: 'message',
    timestampKey: 'timestamp',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    ignore: 'span_id,request_id,module',
    messageFormat: '{if module}[{module}] {end}{message}',
  });
  return { write: (line) => destination.write(format(line)) };
}
