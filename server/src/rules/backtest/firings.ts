import { type Labels, labelsKey } from '../../model/labels.ts';
import { type ActiveAlert, type ActiveAlerts, type FoundAlert, stepAlerts } from '../alert_states.ts';
import type { GroupDefinition, RuleDefinition } from '../definition.ts';
import type { ExpandAlertTemplates, RuleLanguage, RuleSample } from '../ports.ts';
import { foundAlert } from '../rule_state.ts';
import { slotBefore, slotOffsetMs } from '../schedule.ts';

/** One series of a range query: times in ms since the epoch, ascending. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface RangeQuery {
  readonly language: RuleLanguage;
  readonly expr: string;
  readonly startMs: number;
  /** Included where it is a step. */
  readonly endMs: number;
  readonly stepMs: number;
}

/** What a backtest asks. Rejects with what is told as the rule's error. */
export interface BacktestPorts {
  range(query: RangeQuery): Promise<readonly RangeSeries[]>;
  /** For queries of templates, at one time. */
  instant(expr: string, timeMs: number): Promise<readonly RuleSample[]>;
}

export interface BacktestOptions {
  readonly ports: BacktestPorts;
  readonly expand: ExpandAlertTemplates;
  readonly fromMs: number;
  readonly toMs: number;
  /** Between two queries: whether to go on. Told how much of the rule's range is done, 0 to 1. */
  readonly goOn: (done: number) => boolean;
}

/** A stretch in which an alert fired. Times are ms since the epoch. */
export interface Firing {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** When it began to fire. */
  readonly value: number;
  readonly activeAtMs: number;
  readonly firedAtMs: number;
  /** Undefined while it fires at the end. */
  readonly resolvedAtMs: number | undefined;
}

export interface RuleBacktest {
  readonly stepMs: number;
  /** In the order they began. */
  readonly firings: readonly Firing[];
  readonly coveredToMs: number;
  /** Empty when everything could be evaluated. */
  readonly error: string;
}

/** Evaluations of one range query, and of a whole backtest of one rule. */
const STEPS_PER_QUERY = 2_000;
export const MOST_STEPS = 100_000;
/** Firings of one rule that are kept. */
const MOST_FIRINGS = 10_000;
/** How far before the range evaluation begins, so that what fired then is known: `for`, but not longer than this, ms. */
const MOST_WARM_UP_MS = 86_400_000;

/** What an alerting rule would have done over a stretch of history, by range queries and the rule engine's own states. */
export async function backtestRule(
  group: GroupDefinition,
  rule: RuleDefinition,
  options: BacktestOptions,
): Promise<RuleBacktest> {
  const { ports, toMs, fromMs, goOn } = options;
  const stepMs = group.intervalMs * Math.max(1, Math.ceil((toMs - fromMs) / group.intervalMs / MOST_STEPS));
  const warmUpMs = Math.min(MOST_WARM_UP_MS, rule.forMs + rule.keepFiringForMs + stepMs);
  const firstMs = slotBefore(fromMs - warmUpMs, slotOffsetMs(group.file, group.name, stepMs), stepMs);
  const replay = new AlertReplay(rule, options);
  let atMs = firstMs;
  try {
    while (atMs <= toMs) {
      const endMs = Math.min(toMs, atMs + (STEPS_PER_QUERY - 1) * stepMs);
      const { language, expr } = rule;
      // Rules look at data that is older by the group's offset.
      const offsetMs = group.queryOffsetMs;
      const query = { language, expr, startMs: atMs - offsetMs, endMs: endMs - offsetMs, stepMs };
      await replay.take(await ports.range(query), { atMs, endMs, stepMs, offsetMs });
      atMs += Math.ceil((endMs - atMs + 1) / stepMs) * stepMs;
      if (!goOn(Math.min(1, (atMs - firstMs) / (toMs - firstMs + 1)))) break;
      if (replay.isFull) break;
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { stepMs, firings: replay.finish(fromMs), coveredToMs: Math.max(fromMs, atMs), error: message };
  }
  return { stepMs, firings: replay.finish(fromMs), coveredToMs: Math.min(toMs, Math.max(fromMs, atMs)), error: '' };
}

interface Steps {
  readonly atMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly offsetMs: number;
}

interface OpenFiring extends Omit<Firing, 'resolvedAtMs'> {
  resolvedAtMs: number | undefined;
}

/** A series of the result on its way through the steps. */
interface Cursor {
  readonly series: RangeSeries;
  next: number;
}

/** The states of one rule's alerts, step by step. */
class AlertReplay {
  readonly #rule: RuleDefinition;
  readonly #options: BacktestOptions;
  readonly #isStatic: boolean;
  readonly #firings: OpenFiring[] = [];
  readonly #open = new Map<string, OpenFiring>();
  /** Alerts whose labels are no templates, by the key of their series. */
  readonly #known = new Map<string, FoundAlert>();
  #active: ActiveAlerts = new Map();

  constructor(rule: RuleDefinition, options: BacktestOptions) {
    this.#rule = rule;
    this.#options = options;
    this.#isStatic = ![...rule.labels.values()].some((text) => text.includes('{{'));
  }

  get isFull(): boolean {
    return this.#firings.length >= MOST_FIRINGS;
  }

  /** @throws Error where the rule could not have been evaluated: two alerts with equal labels */
  async take(series: readonly RangeSeries[], { atMs, endMs, stepMs, offsetMs }: Steps): Promise<void> {
    const cursors = series.map((one): Cursor => ({ series: one, next: 0 }));
    for (let timeMs = atMs; timeMs <= endMs; timeMs += stepMs) {
      const found = new Map<string, FoundAlert>();
      for (const cursor of cursors) {
        const { times, values, labels } = cursor.series;
        while ((times[cursor.next] ?? Infinity) < timeMs - offsetMs) cursor.next++;
        if (times[cursor.next] !== timeMs - offsetMs) continue;
        const alert = await this.#alertOf({ labels, value: values[cursor.next] ?? Number.NaN }, timeMs);
        const key = labelsKey(alert.labels);
        if (found.has(key))
          throw new Error('vector contains metrics with the same labelset after applying alert labels');
        found.set(key, alert);
      }
      if (found.size > 0 || this.#active.size > 0) await this.#step(found, timeMs);
    }
  }

  async #alertOf(sample: RuleSample, timeMs: number): Promise<FoundAlert> {
    const key = labelsKey(sample.labels);
    const known = this.#isStatic ? this.#known.get(key) : undefined;
    if (known !== undefined) return { ...known, value: sample.value };
    const made = await this.#expanded({ ...this.#rule, annotations: new Map() }, sample, timeMs);
    if (this.#isStatic) this.#known.set(key, made);
    return made;
  }

  #expanded(rule: RuleDefinition, sample: RuleSample, timeMs: number): Promise<FoundAlert> {
    const { expand, ports } = this.#options;
    return foundAlert(rule, sample, { timeMs, expand, query: (expr) => ports.instant(expr, timeMs) });
  }

  async #step(found: ReadonlyMap<string, FoundAlert>, timeMs: number): Promise<void> {
    const { alerts, changes } = stepAlerts(this.#active, found, this.#rule, timeMs);
    this.#active = alerts;
    for (const { labels, from, to, value } of changes) {
      const key = labelsKey(labels);
      if (to === 'firing') await this.#begin(key, alerts.get(key), value, timeMs);
      else if (from === 'firing') this.#end(key, timeMs);
    }
  }

  async #begin(key: string, alert: ActiveAlert | undefined, value: number, timeMs: number): Promise<void> {
    if (alert === undefined || this.isFull) return;
    // Templates see the labels of the series; those of the alert hold them too, beside its own.
    const annotations =
      this.#rule.annotations.size === 0
        ? []
        : (await this.#expanded(this.#rule, { labels: alert.labels, value }, timeMs)).annotations;
    const { labels, activeAtMs } = alert;
    const firing = { labels, annotations, value, activeAtMs, firedAtMs: timeMs, resolvedAtMs: undefined };
    this.#firings.push(firing);
    this.#open.set(key, firing);
  }

  #end(key: string, timeMs: number): void {
    const firing = this.#open.get(key);
    if (firing !== undefined) firing.resolvedAtMs = timeMs;
    this.#open.delete(key);
  }

  /** Those that fired in the range. */
  finish(fromMs: number): readonly Firing[] {
    return this.#firings.filter(({ resolvedAtMs }) => (resolvedAtMs ?? Infinity) > fromMs);
  }
}

/** How long at least one of the firings went on within a range, ms. */
export function firingTimeMs(firings: readonly Firing[], fromMs: number, toMs: number): number {
  let total = 0;
  let coveredMs = fromMs;
  for (const { firedAtMs, resolvedAtMs } of [...firings].sort((a, b) => a.firedAtMs - b.firedAtMs)) {
    const begin = Math.max(firedAtMs, coveredMs);
    const end = Math.min(resolvedAtMs ?? toMs, toMs);
    if (end <= begin) continue;
    total += end - begin;
    coveredMs = end;
  }
  return total;
}
