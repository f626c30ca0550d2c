import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { newId, type TeamId, type UserId } from '#shared/ids';
import { createLogger, type LoggerOptions } from './logger.ts';
import { identifyContext, runInContext } from './request-context.ts';

function startLogger(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'info', format: 'json', destination, ...options });
  return { logger, lines, lastLine: () => JSON.parse(lines.at(-1) ?? '{}') };
}

const context = { requestId: 'request-1', traceId: 'trace-1', spanId: 'span-1' };

describe('a JSON line', () => {
  it('has time, level, message and the ids of the request', () => {
    const { logger, lastLine } = startLogger();
    const userId = newId<UserId>();
    runInContext({ ...context }, () => {
      identifyContext({ userId, teamId: newId<TeamId>() });
      logger.info({ endpoint: '/projects' }, 'request done');
    });
    const { timestamp, ...rest } = lastLine();
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
    expect(rest).toEqual({
      level: 'info',
      message: 'request done',
      trace_id: 'trace-1',
      span_id: 'span-1',
      request_id: 'request-1',
      user_id: userId,
      endpoint: '/projects',
    });
  });

  it('is written outside of a request too', () => {
    const { logger, lastLine } = startLogger();
    logger.child({ module: 'queue' }).warn('slow');
    expect(lastLine()).toMatchObject({ level: 'warn', message: 'slow', module: 'queue' });
  });

  it('keeps the ids of two requests apart over awaits', async () => {
    const { logger, lines } = startLogger();
    const work = (requestId: string) =>
      runInContext({ ...context, requestId }, async () => {
        await Promise.resolve();
        logger.info(requestId);
      });
    await Promise.all([work('one'), work('other')]);
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed.every((line) => line.request_id === line.message)).toBe(true);
  });

  it('tells an error by its type, message, stack and causes, and nothing that hangs on it', () => {
    const { logger, lastLine } = startLogger();
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(canary@example.com) already exists',
      parameters: ['canary'],
    });
    logger.error({ err: new AppError('conflict', 'in use', { cause }) }, 'failed');
    const { err } = lastLine();
    expect(err).toMatchObject({
      type: 'AppError',
      message: 'in use',
      cause: { type: 'Error', message: 'duplicate key', code: '23505' },
    });
    expect(JSON.stringify(lastLine())).not.toContain('canary');
  });

  it('is left out below the level', () => {
    const { logger, lines } = startLogger({ level: 'warn' });
    logger.info('quiet');
    expect(lines).toEqual([]);
  });
});

describe('a secret', () => {
  it.each([
    { password: 'canary-value' },
    { user: { new_password: 'canary-value' } },
    { headers: { Authorization: 'canary-value', 'set-cookie': ['canary-value'] } },
    { refreshToken: 'canary-value' },
    { jwtSecretKey: 'canary-value', api_key: 'canary-value' },
    { url: 'postgresql://app:canary-value@db:5432/app' },
    { url: 'https://bucket/key?X-Amz-Signature=canary-value&x=1' },
    { note: 'sent Authorization: Bearer canary-value.1' },
    { note: 'eyJhbGciOiJIUzI1NiJ9.canary-value.canary-value' },
    { note: 'key sk-proj-canary-value-123456' },
    { err: new Error('connect postgresql://app:canary-value@db failed') },
  ])('does not get into a line: %j', (members) => {
    const { logger, lines } = startLogger();
    logger.info(members, 'message');
    expect(lines[0]).toContain('message');
    expect(lines[0]).not.toContain('canary-value');
    expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });

  it('does not get in by the message either', () => {
    const { logger, lines } = startLogger();
    logger.info('redis://:canary-value@cache is gone');
    expect(lines[0]).not.toContain('canary-value');
  });

  it('is not seen in what only counts', () => {
    const { logger, lastLine } = startLogger();
    logger.info({ prompt_tokens: 3, token_type: 'bearer', tokens: 4 }, 'answered');
    expect(lastLine()).toMatchObject({ prompt_tokens: 3, token_type: 'bearer', tokens: 4 });
  });
});

describe('a line for people', () => {
  it('reads time, level, module and message, without ids of machines', () => {
    const { logger, lines } = startLogger({ format: 'console' });
    runInContext({ ...context }, () => logger.child({ module: 'queue' }).info('job done'));
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO.*: \[queue\] job done/);
    expect(lines.join('')).not.toContain('request-1');
  });
});
