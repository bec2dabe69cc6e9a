import { type Family, single } from './families.ts';

const MICROSECONDS = 1e-6;
const SOME = /^some .*total=(\d+)$/m;
const FULL = /^full .*total=(\d+)$/m;

/** One of /proc/pressure/{cpu,io,memory} (Documentation/accounting/psi.rst): time stalled since boot. */
export function parsePressure(resource: 'cpu' | 'io' | 'memory', text: string): Family[] {
  const total = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN) * MICROSECONDS;
  const waiting = `node_pressure_${resource}_waiting_seconds_total`;
  const help = `Total time in seconds that processes have waited for ${resource}`;
  if (resource === 'cpu') return [single(waiting, `${help} time`, 'counter', total(SOME))];
  return [
    single(waiting, `${help} due to congestion`, 'counter', total(SOME)),
    single(
      `node_pressure_${resource}_stalled_seconds_total`,
      `Total time in seconds no process could make progress due to ${resource} congestion`,
      'counter',
      total(FULL),
    ),
  ];
}
