import type { Change, LogHistogramAnswer, ServiceAnswer } from '@trilith/contract';

/** One thing that happened to a service within the range. */
export type StoryEntry =
  | { readonly kind: 'change'; readonly ms: number; readonly untilMs: number; readonly change: Change }
  | {
      readonly kind: 'errors' | 'slow' | 'errorLines' | 'silence';
      readonly ms: number;
      /** Where it ended; the range's end while it goes on. */
      readonly untilMs: number;
      readonly ongoing: boolean;
      /** The highest value meanwhile, and what is usual in the range: ratio, ms, lines a step, requests per second. */
      readonly peak: number;
      readonly usual: number;
    };

interface Steps {
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: readonly (number | null)[];
}

/** When values count as out of the ordinary. */
interface Measure {
  /** How many times the usual. */
  readonly times: number;
  /** And at least so much. */
  readonly least: number;
  /** And so much above the usual. */
  readonly above: number;
}

const mostEntries = 12;
const leastSteps = 2;
const fewSteps = 3;

/**
 * What happened, in order of time: changes, and stretches in which error ratio, duration or error lines were far above
 * what is usual or requests stayed away. It points, it does not judge: the graphs are below it.
 */
export function storyOf(
  service: ServiceAnswer | undefined,
  lines: LogHistogramAnswer | undefined,
  changes: readonly Change[],
): readonly StoryEntry[] {
  const entries: StoryEntry[] = changes.map((change) => ({
    kind: 'change',
    ms: change.timeMs,
    untilMs: change.endMs ?? change.timeMs,
    change,
  }));
  if (service !== undefined) {
    const { startMs, stepMs, rate, errors, p95Ms } = service;
    const ratios = rate.map((one, at) => (one === null || one === 0 ? null : (errors[at] ?? 0) / one));
    const steps = { startMs, stepMs };
    entries.push(...stretches('errors', { ...steps, values: ratios }, { times: 3, least: 0.02, above: 0.01 }));
    entries.push(...stretches('slow', { ...steps, values: p95Ms }, { times: 2, least: 0, above: 20 }));
    entries.push(...silences({ ...steps, values: rate }));
  }
  if (lines !== undefined) {
    const { startMs, stepMs, levels } = lines;
    const count = Math.max(levels.error?.length ?? 0, levels.fatal?.length ?? 0);
    const values = Array.from({ length: count }, (_, at) => (levels.error?.[at] ?? 0) + (levels.fatal?.[at] ?? 0));
    entries.push(...stretches('errorLines', { startMs, stepMs, values }, { times: 4, least: 5, above: 5 }));
  }
  return entries
    .toSorted((a, b) => weight(b) - weight(a))
    .slice(0, mostEntries)
    .toSorted((a, b) => a.ms - b.ms);
}

/** Changes first, then by how far it went beyond the usual. */
function weight(entry: StoryEntry): number {
  if (entry.kind === 'change') return Number.MAX_VALUE;
  return entry.kind === 'silence' ? 100 : entry.peak / Math.max(entry.usual, 1e-3);
}

/** Runs of at least two steps (or the last one) far above the usual. A few ordinary steps between odd ones do not end one. */
function stretches(
  kind: 'errors' | 'slow' | 'errorLines',
  { startMs, stepMs, values }: Steps,
  { times, least, above }: Measure,
): StoryEntry[] {
  const usual = usualOf(values);
  const from = Math.max(least, usual * times, usual + above);
  const high = values.map((value) => value !== null && value >= from);
  return runs(high).map(([first, end]): StoryEntry => {
    const peak = Math.max(...values.slice(first, end).map((value) => value ?? 0));
    const ongoing = end === values.length;
    return { kind, ms: startMs + first * stepMs, untilMs: startMs + end * stepMs, ongoing, peak, usual };
  });
}

/** Runs of steps without a request between, or after, steps with some. */
function silences({ startMs, stepMs, values }: Steps): StoryEntry[] {
  const seen = values.filter((value) => value !== null && value > 0).length;
  if (seen < values.length / 2) return [];
  const first = values.findIndex((value) => value !== null && value > 0);
  // The last step is not over yet.
  const quiet = values.map((value, at) => at > first && at < values.length - 1 && (value === null || value === 0));
  return runs(quiet, 3, 0).map(
    ([from, end]): StoryEntry => ({
      kind: 'silence',
      ms: startMs + from * stepMs,
      untilMs: startMs + end * stepMs,
      ongoing: end >= values.length - 1,
      peak: 0,
      usual: usualOf(values),
    }),
  );
}

/** Half-open runs of true steps of some length; `gap` false steps in between belong to a run. */
function runs(
  steps: readonly boolean[],
  least = leastSteps,
  gap = fewSteps,
): (readonly [first: number, end: number])[] {
  const out: [number, number][] = [];
  steps.forEach((on, at) => {
    if (!on) return;
    const last = out.at(-1);
    if (last !== undefined && at - last[1] <= gap) last[1] = at + 1;
    else out.push([at, at + 1]);
  });
  return out.filter(([first, end]) => end - first >= least || end === steps.length);
}

/** What is usual: the lower quartile, so that it stays so when more than half of the range is out of the ordinary. */
function usualOf(values: readonly (number | null)[]): number {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? 0;
}
