import { type Family, single } from './families.ts';

/** The three load averages. */
export function loadFamilies(loads: readonly number[]): Family[] {
  return [1, 5, 15].map((minutes, i) =>
    single(`node_load${minutes}`, `${minutes}m load average.`, 'gauge', loads[i] ?? Number.NaN),
  );
}

/** /proc/loadavg (proc_loadavg(5)). */
export function parseLoadavg(text: string): Family[] {
  return loadFamilies(text.trim().split(/\s+/).slice(0, 3).map(Number));
}
