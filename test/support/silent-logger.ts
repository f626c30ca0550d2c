import { createLogger } from '#platform/telemetry/logger';

export const silentLogger = createLogger({ level: 'silent', format: 'json' });
