import type { SloDetail } from '@trilith/contract';
import type { MatrixAnswer } from '../data/prometheus.ts';

/** An objective that is being written. Expressions are PromQL with `$window` where the length of the window belongs. */
export interface Draft {
  readonly name: string;
  readonly service: string;
  readonly description: string;
  readonly team: string;
  /** Over 0, below 100. */
  readonly targetPercent: number;
  readonly periodDays: number;
  /** What `events` counts. */
  readonly counts: 'good' | 'bad';
  readonly events: string;
  readonly total: string;
  readonly pages: boolean;
  readonly tickets: boolean;
}

export const newDraft: Draft = {
  name: '',
  service: '',
  description: '',
  team: '',
  targetPercent: 99.9,
  periodDays: 30,
  counts: 'bad',
  events: '',
  total: '',
  pages: true,
  tickets: true,
};

const hasWindow = (expression: string): boolean => expression.includes('$window');

/** Whether its events can be counted. */
export const isCountable = ({ events, total }: Draft): boolean => hasWindow(events) && hasWindow(total);

/** What the id that is made of service and name may be. */
const identifier = /^[a-z0-9]([\w.-]*[a-z0-9])?$/i;

/** Whether it can become a file. */
export const isComplete = (draft: Draft): boolean =>
  identifier.test(draft.name.trim()) &&
  identifier.test(draft.service.trim()) &&
  draft.targetPercent > 0 &&
  draft.targetPercent < 100 &&
  isCountable(draft);

/** YAML's single quotes: nothing in them is special but themselves. */
const quoted = (text: string): string => `'${text.trim().replaceAll("'", "''")}'`;

/** The draft as a file of our own format (docs/slo.md). */
export function draftFile(draft: Draft): string {
  const { name, service, description, team, targetPercent, periodDays, counts, events, total, pages, tickets } = draft;
  const lines = [
    `name: ${quoted(name)}`,
    `service: ${quoted(service)}`,
    ...(description.trim() === '' ? [] : [`description: ${quoted(description)}`]),
    `target: ${targetPercent}`,
    `period: ${periodDays}d`,
    `${counts}: ${quoted(events)}`,
    `total: ${quoted(total)}`,
    ...(team.trim() === '' ? [] : [`labels: { team: ${quoted(team)} }`]),
    ...(pages || tickets ? [`alert: { page: ${pages}, ticket: ${tickets} }`] : []),
  ];
  return `version: trilith/v1\nobjectives:\n  - ${lines.join('\n    ')}\n`;
}

/** An expression over windows of a length: `5m`, `1h`. */
export const atWindow = (expression: string, window: string): string => expression.replaceAll('$window', window);

/** What the answers to a draft's two expressions count at each time, over all their series. */
export function draftSteps(counts: Draft['counts'], events: MatrixAnswer, total: MatrixAnswer): SloDetail['steps'] {
  const [counted, all] = [sums(events), sums(total)];
  return [...all]
    .sort(([a], [b]) => a - b)
    .map(([timeMs, of]) => {
      const some = Math.min(of, counted.get(timeMs) ?? 0);
      return { timeMs, total: of, bad: counts === 'bad' ? some : of - some };
    });
}

/** Sums of the series by time (ms); what is no number, or below 0, is nothing. */
function sums({ data }: MatrixAnswer): Map<number, number> {
  const found = new Map<number, number>();
  for (const { values } of data.result)
    for (const [seconds, text] of values) {
      const value = Number(text);
      const timeMs = Math.round(seconds * 1000);
      if (Number.isFinite(value) && value > 0) found.set(timeMs, (found.get(timeMs) ?? 0) + value);
    }
  return found;
}
