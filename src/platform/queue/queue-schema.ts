export const QUEUE_SCHEMA = 'pgboss';
/** Where a job goes that failed for good; its output keeps the reason. */
export const DEAD_LETTER_QUEUE = 'dead-letter';
