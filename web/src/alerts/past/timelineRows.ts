import type { AlertHistoryAnswer } from '@trilith/contract';
import type { Range } from '../../time/range.ts';

type Series = AlertHistoryAnswer['series'][number];

/** A stretch of an alert's life as a part of a bar: shares of the range. */
export interface Stretch {
  readonly state: 'pending' | 'firing';
  readonly left: number;
  readonly width: number;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** An alert of a rule as a row: when it was pending and firing. */
export interface TimelineRow {
  readonly series: Series;
  readonly stretches: readonly Stretch[];
  readonly firings: number;
  readonly firingMs: number;
}

/** The rows of a history over a range, those that fired last first. */
export function timelineRows(series: readonly Series[], { fromMs, toMs }: Range): readonly TimelineRow[] {
  const share = (ms: number): number => (Math.min(toMs, Math.max(fromMs, ms)) - fromMs) / (toMs - fromMs || 1);
  const rows = series.map((one) => {
    const stretches = one.states.flatMap(({ state, fromMs: begins, toMs: ends }): Stretch[] => {
      if (state === 'inactive') return [];
      const left = share(begins);
      return [{ state, left, width: share(ends ?? toMs) - left, fromMs: begins, toMs: ends }];
    });
    const firing = stretches.filter(({ state }) => state === 'firing');
    const firingMs = firing.reduce((sum, { width }) => sum + width * (toMs - fromMs), 0);
    return { series: one, stretches, firings: firing.length, firingMs };
  });
  return rows.filter(({ stretches }) => stretches.length > 0).toSorted((a, b) => lastOf(b) - lastOf(a));
}

const lastOf = ({ stretches }: TimelineRow): number => stretches.at(-1)?.fromMs ?? 0;

/** One line of what happened between an alert and people. */
export type Happening =
  | ({ readonly kind: 'attempt'; readonly times: number } & AlertHistoryAnswer['attempts'][number])
  | ({ readonly kind: 'held' } & AlertHistoryAnswer['held'][number])
  | ({ readonly kind: 'response' } & AlertHistoryAnswer['responses'][number]);

/** Attempts, holds and what people did, the newest first. Attempts that failed alike one after the other are one line. */
export function happenings({ attempts, held, responses }: AlertHistoryAnswer): readonly Happening[] {
  const all: readonly Happening[] = [
    ...attempts.map((one) => ({ kind: 'attempt' as const, times: 1, ...one })),
    ...held.map((one) => ({ kind: 'held' as const, ...one })),
    ...responses.map((one) => ({ kind: 'response' as const, ...one })),
  ].toSorted((a, b) => b.timeMs - a.timeMs);
  const lines: Happening[] = [];
  for (const one of all) {
    const last = lines.at(-1);
    if (last?.kind === 'attempt' && one.kind === 'attempt' && failedAlike(last, one))
      lines[lines.length - 1] = { ...last, times: last.times + 1 };
    else lines.push(one);
  }
  return lines;
}

type Attempt = AlertHistoryAnswer['attempts'][number];

function failedAlike(a: Attempt, b: Attempt): boolean {
  const said = ({ groupKey, receiver, integration, outcome, status, error }: Attempt): string =>
    JSON.stringify([groupKey, receiver, integration, outcome, status, error]);
  return a.outcome !== 'accepted' && said(a) === said(b);
}
