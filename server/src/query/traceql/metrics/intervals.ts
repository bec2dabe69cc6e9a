/** A range asked for in steps, ns since the epoch; without a step the range is one. */
export interface MetricsRange {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint | undefined;
}

/** Where the spans of a range go: right-closed stretches (start, start + step], aligned to the step as Tempo aligns them. */
export interface Intervals {
  readonly count: number;
  /** Stretch i is (originNs + i·widthNs, originNs + (i+1)·widthNs]; ns. */
  readonly originNs: bigint;
  readonly widthNs: bigint;
  /** Of one stretch, s. */
  readonly stepSeconds: number;
  /** The stretch of a time, or -1 outside all of them. */
  indexOf(timeNs: bigint): number;
  /** The time a stretch's value stands at, its end, ms since the epoch. */
  timeMs(index: number): number;
}

const NS_PER_MS = 1_000_000n;

/** More stretches than this are refused. */
export const MOST_INTERVALS = 11_000;

/** Divides a range (Tempo's interval mapper: pkg/traceql/engine_metrics.go). */
export function intervalsOf({ startNs, endNs, stepNs }: MetricsRange): Intervals {
  if (stepNs === undefined) {
    return {
      count: 1,
      // The only stretch is closed on both sides.
      originNs: startNs - 1n,
      widthNs: endNs - startNs + 1n,
      stepSeconds: Number(endNs - startNs) / 1e9,
      indexOf: (timeNs) => (timeNs >= startNs && timeNs <= endNs ? 0 : -1),
      timeMs: () => Number(endNs / NS_PER_MS),
    };
  }
  const first = startNs - (startNs % stepNs);
  const rest = endNs % stepNs;
  const last = rest === 0n ? endNs : endNs + stepNs - rest;
  const step = Number(stepNs);
  return {
    count: Number((last - first) / stepNs),
    originNs: first,
    widthNs: stepNs,
    stepSeconds: step / 1e9,
    indexOf: (timeNs) => (timeNs > first && timeNs <= last ? Math.ceil(Number(timeNs - first) / step) - 1 : -1),
    timeMs: (index) => Number((first + BigInt(index + 1) * stepNs) / NS_PER_MS),
  };
}

const SECOND = 1_000_000_000n;
const GRANULARITIES = [3600n, 300n, 60n, 15n, 5n, 1n].map((seconds) => seconds * SECOND);
const FINEST = 50_000_000n;
const POINTS = 240n;

/** The step where none is asked for: about 240 points, rounded down to whole hours, minutes, seconds (Tempo's default). */
export function defaultStepNs(startNs: bigint, endNs: bigint): bigint {
  const range = endNs - startNs;
  const wanted = range / POINTS;
  if (range < 60n * SECOND) return wanted > FINEST ? (wanted / FINEST) * FINEST : FINEST;
  const granularity = GRANULARITIES.find((g) => wanted > g);
  return granularity === undefined ? SECOND : (wanted / granularity) * granularity;
}
