import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import process from 'node:process';
import type { MetricsRegistry } from './metrics.ts';

/** How often the loop is looked at. Each look wakes an idle process: at 10 ms that is 0.4 % of a core. */
const LOOP_RESOLUTION_MS = 50;

/** Stops the observers that `registerProcessMetrics` started. */
export type StopProcessMetrics = () => void;

/**
 * The metrics every process has, named as prom-client and the Prometheus clients name them, with the delay of the event
 * loop since the last look (seconds) and the heap after the latest major collection (bytes).
 */
export function registerProcessMetrics(registry: MetricsRegistry, version: string): StopProcessMetrics {
  const started = Date.now() / 1000 - process.uptime();
  registry.observed('counter', 'process_cpu_seconds_total', 'CPU time, user and system, in seconds.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  registry.observed(
    'gauge',
    'process_start_time_seconds',
    'Start time since the Unix epoch in seconds.',
    () => started,
  );
  registry.observed('gauge', 'process_resident_memory_bytes', 'Resident memory in bytes.', () =>
    process.memoryUsage.rss(),
  );
  registry.observed(
    'gauge',
    'nodejs_heap_size_used_bytes',
    'Used V8 heap in bytes.',
    () => process.memoryUsage().heapUsed,
  );
  registry.observed(
    'gauge',
    'nodejs_external_memory_bytes',
    'Memory of buffers outside the heap in bytes.',
    () => process.memoryUsage().external,
  );
  registry
    .gauges('trilith_build_info', 'Always 1; its label is the version that runs.', { version: [version] })
    .with({ version })
    .set(1);

  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  // What is recorded is the time between two looks.
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1000);
  registry.observedRows(
    'gauge',
    'trilith_loop_delay_seconds',
    'Delay of the event loop since the last scrape.',
    { quantile: ['0.5', '0.99', '1'] },
    () => {
      const rows = [
        [{ quantile: '0.5' }, seconds(delay.percentile(50))],
        [{ quantile: '0.99' }, seconds(delay.percentile(99))],
        [{ quantile: '1' }, seconds(delay.max)],
      ] as const;
      delay.reset();
      return rows;
    },
  );

  const heap = registry.gauge('trilith_heap_after_gc_bytes', 'Used heap right after the latest major collection.');
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = 'detail' in entry ? entry.detail : undefined;
      // Kind 4 is mark-sweep-compact (perf_hooks.constants.NODE_PERFORMANCE_GC_MAJOR).
      if (typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === 4)
        heap.set(process.memoryUsage().heapUsed);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    delay.disable();
    observer.disconnect();
  };
}
