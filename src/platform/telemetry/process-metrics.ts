import { Counter, Gauge, type Registry } from 'prom-client';

/** Default collectors whose names are ours with other labels. */
const REPLACED = [
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_cpu_seconds_total',
];
const MICROSECONDS_PER_SECOND = 1e6;

/** Adds memory by type, CPU time by mode and uptime, in place of the library's own. */
export function registerProcessMetrics(registry: Registry): void {
  for (const name of REPLACED) registry.removeSingleMetric(name);
  registry.registerMetric(
    new Gauge({
      name: 'process_memory_bytes',
      help: 'Memory of the process',
      labelNames: ['type'],
      registers: [],
      collect() {
        const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
        const bytes = {
          rss,
          heap_total: heapTotal,
          heap_used: heapUsed,
          external,
          array_buffers: arrayBuffers,
        };
        for (const [type, value] of Object.entries(bytes)) this.set({ type }, value);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process',
      labelNames: ['mode'],
      registers: [],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc({ mode: 'user' }, user / MICROSECONDS_PER_SECOND);
        this.inc({ mode: 'system' }, system / MICROSECONDS_PER_SECOND);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'app_uptime_seconds',
      help: 'Time since the process started',
      registers: [],
      collect() {
        this.set(process.uptime());
      },
    }),
  );
}
