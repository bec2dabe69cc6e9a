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
const DEFAULT_BURN_WINDOWS: ReadonlyMap<number, BurnWindows> = new Map(
  [30, 28].map((days) => [days * DAY, workbook(days * DAY)]),
);

/**
 * Windows for a period that no catalogue has: shares of it as Pyrra takes them (its slo/rules.go, Windows), where 28 days
 * give 5 min and 1 h at 14 times the allowed rate, 30 min and 6 h at 7, 2 h and 1 d at 2, 6 h and 4 d at 1. Whole minutes.
 */
function proportionalWindows(periodMs: number): BurnWindows {
  const share = (part: number): number => Math.max(MINUTE, Math.round((periodMs * part) / MINUTE) * MINUTE);
  const condition = (rate: number, short: number, long: number): BurnWindow => {
    const longMs = share(long);
    return window((rate * 100 * longMs) / periodMs, share(short), longMs);
  };
  return {
    periodMs,
    pageQuick: condition(14, 5 / (28 * 24 * 60), 1 / (28 * 24)),
    pageSlow: condition(7, 1 / (28 * 48), 1 / (28 * 4)),
    ticketQuick: condition(2, 1 / (28 * 12), 1 / 28),
    ticketSlow: condition(1, 1 / (28 * 4), 1 / 7),
  };
}

/** The windows of a period: from the catalogue given, else from what is built in, else in proportion. */
export function windowsFor(periodMs: number, catalogue: ReadonlyMap<number, BurnWindows> = new Map()): BurnWindows {
  return catalogue.get(periodMs) ?? DEFAULT_BURN_WINDOWS.get(periodMs) ?? proportionalWindows(periodMs);
}

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
