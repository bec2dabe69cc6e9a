import type { TraceOverviewAnswer } from '@trilith/contract';

/** The moments of an overview's steps, ms. */
export function stepTimes({ startMs, stepMs, spans }: TraceOverviewAnswer): readonly number[] {
  return spans.map((_, at) => startMs + at * stepMs);
}

/** Spans a second by step: those without and those with an error. */
export function rates({ spans, errors, stepMs }: TraceOverviewAnswer): {
  readonly good: readonly number[];
  readonly failed: readonly number[];
} {
  const perSecond = (count: number): number => count / (stepMs / 1000);
  return {
    good: spans.map((count, at) => perSecond(count - (errors[at] ?? 0))),
    failed: errors.map(perSecond),
  };
}

/** The share of failed spans by step; null where there are no spans. */
export function errorShares({ spans, errors }: TraceOverviewAnswer): readonly (number | null)[] {
  return spans.map((count, at) => (count === 0 ? null : (errors[at] ?? 0) / count));
}

/** The median of the steps that have a value; null where none has. */
export function usualOf(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** A duration's height in the bands, 0 at the lowest edge and 1 at the highest; outside it is cut. */
export function heightOf(ms: number, bands: TraceOverviewAnswer['bands']): number {
  const low = bands[0]?.lowMs ?? 0;
  const high = bands.at(-1)?.highMs ?? 0;
  if (!(low > 0) || high <= low) return 0;
  return Math.min(1, Math.max(0, Math.log(ms / low) / Math.log(high / low)));
}

/** The reverse of {@link heightOf}. */
export function durationAt(height: number, bands: TraceOverviewAnswer['bands']): number {
  const low = bands[0]?.lowMs ?? 0;
  const high = bands.at(-1)?.highMs ?? 0;
  return low * (high / low) ** Math.min(1, Math.max(0, height));
}

/** Round durations inside the bands: tens, and where those are few their thirds too. */
export function durationTicks(bands: TraceOverviewAnswer['bands']): readonly number[] {
  const low = bands[0]?.lowMs ?? 0;
  const high = bands.at(-1)?.highMs ?? 0;
  if (!(low > 0) || high <= low) return [];
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, at) => 10 ** (first + at));
  const inside = (ticks: readonly number[]): readonly number[] => ticks.filter((ms) => ms >= low && ms <= high);
  const tens = inside(decades);
  return tens.length >= 3 ? tens : inside(decades.flatMap((ms) => [ms, 3 * ms]));
}
