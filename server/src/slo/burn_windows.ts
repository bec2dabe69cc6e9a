import { ConfigFileError, decimal, durationMs, parseYaml, record, text } from '../base/yaml_reader.ts';
import { ObjectiveError } from './objective.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One condition of an alert: the budget burns at `burnRate` over both windows. */
export interface BurnWindow {
  /** How much of the period's budget is gone when this fires after the long window. */
  readonly budgetPercent: number;
  readonly shortMs: number;
  readonly longMs: number;
}

/** The windows of a period: two conditions that page, two that make a ticket. */
export interface BurnWindows {
  readonly periodMs: number;
  readonly pageQuick: BurnWindow;
  readonly pageSlow: BurnWindow;
  readonly ticketQuick: BurnWindow;
  readonly ticketSlow: BurnWindow;
}

const window = (budgetPercent: number, shortMs: number, longMs: number): BurnWindow => ({
  budgetPercent,
  shortMs,
  longMs,
});

/** The recommended parameters of the SRE Workbook, chapter 5, "Alerting on SLOs", table 5-8, for a period of that length. */
function workbook(periodMs: number): BurnWindows {
  return {
    periodMs,
    pageQuick: window(2, 5 * MINUTE, HOUR),
    pageSlow: window(5, 30 * MINUTE, 6 * HOUR),
    ticketQuick: window(10, 2 * HOUR, DAY),
    ticketSlow: window(10, 6 * HOUR, 3 * DAY),
  };
}

/** The catalogue that Sloth has built in: 30 and 28 days. */
export const DEFAULT_BURN_WINDOWS: ReadonlyMap<number, BurnWindows> = new Map(
  [30, 28].map((days) => [days * DAY, workbook(days * DAY)]),
);

/**
 * How many times faster than the objective allows the budget burns in this condition: the share of the budget that may be
 * spent, over the share of the period that the long window is (SRE Workbook, chapter 5).
 */
export function burnRate(periodMs: number, { budgetPercent, longMs }: BurnWindow): number {
  return (budgetPercent * (periodMs / HOUR)) / 100 / (longMs / HOUR);
}

/** All windows, the shortest first, none twice, in ms. */
export function windowLengths(windows: BurnWindows): number[] {
  const all = [windows.pageQuick, windows.pageSlow, windows.ticketQuick, windows.ticketSlow];
  return [...new Set(all.flatMap(({ shortMs, longMs }) => [shortMs, longMs]))].sort((a, b) => a - b);
}

const API_VERSION = 'sloth.slok.dev/v1';

/** Reads a file of Sloth's kind AlertWindows. Throws ObjectiveError. */
export function parseBurnWindows(source: string): BurnWindows {
  try {
    const file = record(parseYaml(source), ['apiVersion', 'kind', 'spec']);
    const [version, kind, spec] = [file.get('apiVersion'), file.get('kind'), file.get('spec')];
    if (spec === undefined || version === undefined || text(version) !== API_VERSION) throw wrongKind();
    if (kind === undefined || text(kind) !== 'AlertWindows') throw wrongKind();
    const keys = record(spec, ['sloPeriod', 'page', 'ticket']);
    const read = (severity: 'page' | 'ticket', speed: 'quick' | 'slow'): BurnWindow => {
      const pair = keys.get(severity);
      const found = pair === undefined ? undefined : record(pair, ['quick', 'slow']).get(speed);
      const of = found === undefined ? undefined : record(found, ['errorBudgetPercent', 'shortWindow', 'longWindow']);
      const made = window(
        decimal(of?.get('errorBudgetPercent'), 0),
        durationMs(of?.get('shortWindow'), 0),
        durationMs(of?.get('longWindow'), 0),
      );
      if (made.budgetPercent <= 0 || made.shortMs === 0 || made.longMs === 0)
        throw new ObjectiveError(
          `${severity}.${speed} needs errorBudgetPercent, shortWindow and longWindow`,
          found?.line ?? spec.line,
        );
      return made;
    };
    const periodMs = durationMs(keys.get('sloPeriod'), 0);
    if (periodMs === 0) throw new ObjectiveError('sloPeriod is required', spec.line);
    return {
      periodMs,
      pageQuick: read('page', 'quick'),
      pageSlow: read('page', 'slow'),
      ticketQuick: read('ticket', 'quick'),
      ticketSlow: read('ticket', 'slow'),
    };
  } catch (error) {
    if (error instanceof ConfigFileError) throw new ObjectiveError(error.reason, error.line);
    throw error;
  }
}

const wrongKind = (): ObjectiveError => new ObjectiveError(`expected kind AlertWindows of ${API_VERSION}`);
