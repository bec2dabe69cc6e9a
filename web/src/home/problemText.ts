import type { Problem } from '@trilith/contract';
import type { Formats } from '../i18n/makeFormats.ts';
import type { Patch } from '../url/view.ts';

const ratioKinds: readonly string[] = ['error_ratio', 'host_cpu', 'host_memory', 'host_disk'];
const durationKinds: readonly string[] = ['slow', 'store_behind'];

/** The figure of a problem in the unit its kind implies. */
export function problemValue(kind: Problem['kind'], value: number, formats: Formats): string {
  if (ratioKinds.includes(kind)) return formats.value(value, 'ratio');
  if (durationKinds.includes(kind)) return formats.duration(value);
  return String(Math.round(value));
}

/** Where a problem's evidence is. */
export function problemPlace(problem: Problem): { readonly path: string; readonly patch: Patch } {
  const { evidence } = problem;
  if (evidence.screen === 'metrics') return { path: '/explore/metrics', patch: { q: evidence.query } };
  if (evidence.screen === 'logs') return { path: '/explore/logs', patch: { q: evidence.query } };
  if (evidence.screen === 'traces') {
    return {
      path: '/explore/traces',
      patch: {
        service: evidence.service,
        status: evidence.status === 'any' ? null : evidence.status,
        min: evidence.minDuration,
      },
    };
  }
  return { path: '/data', patch: {} };
}
