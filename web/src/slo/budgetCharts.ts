import type { SloDetail } from '@trilith/contract';
import type { ChartData } from '../chart/series.ts';
import type { Range } from '../time/range.ts';

type Steps = SloDetail['steps'];

/** A stretch of the period that is drawn behind a graph. */
export interface Band extends Range {
  readonly kind: 'excluded' | 'uncounted' | 'firing';
  readonly label: string;
}

/** The period whose budget is shown, ms; null before anything was counted. */
export function periodOf({
  burnDown,
  countedUntilMs,
  periodDays,
}: Pick<SloDetail, 'burnDown' | 'countedUntilMs' | 'periodDays'>): Range | null {
  const toMs = countedUntilMs ?? burnDown.at(-1)?.timeMs;
  return toMs === undefined ? null : { fromMs: toMs - periodDays * 86_400_000, toMs };
}

/** What was left after each step of the period. */
export function burnDownChart({ burnDown }: Pick<SloDetail, 'burnDown'>, name: string): ChartData {
  return {
    times: burnDown.map(({ timeMs }) => timeMs),
    series: [{ name, labels: {}, values: burnDown.map(({ remaining }) => remaining) }],
  };
}

/** Share of bad events in each step, with the share that is allowed as a level; gaps where nothing was counted. */
export function badShareChart(
  { steps, targetPercent }: Pick<SloDetail, 'steps' | 'targetPercent'>,
  names: { readonly bad: string; readonly allowed: string },
): ChartData {
  return {
    times: steps.map(({ timeMs }) => timeMs),
    series: [
      { name: names.bad, labels: {}, values: steps.map(({ bad, total }) => (total > 0 ? bad / total : null)) },
      { name: names.allowed, labels: {}, values: steps.map(() => 1 - targetPercent / 100), dash: 'level' },
    ],
  };
}

/** Good and bad events of each step. */
export function eventsChart(
  { steps }: Pick<SloDetail, 'steps'>,
  names: { readonly good: string; readonly bad: string },
): ChartData {
  return {
    times: steps.map(({ timeMs }) => timeMs),
    series: [
      { name: names.good, labels: {}, values: steps.map(({ bad, total }) => total - bad) },
      { name: names.bad, labels: {}, values: steps.map(({ bad }) => bad) },
    ],
  };
}

/** The stretches of steps (each ends at its time) in which nothing was counted. */
export function uncounted(steps: Steps, fromMs: number): readonly Range[] {
  const found: Range[] = [];
  let startMs = fromMs;
  for (const { timeMs, total } of steps) {
    if (total === 0) {
      const last = found.at(-1);
      if (last !== undefined && last.toMs === startMs) found[found.length - 1] = { ...last, toMs: timeMs };
      else found.push({ fromMs: startMs, toMs: timeMs });
    }
    startMs = timeMs;
  }
  return found;
}
