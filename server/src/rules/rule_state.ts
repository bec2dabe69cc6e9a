import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Labels, labelsFrom, labelsKey, withLabels } from '../model/labels.ts';
import { type ActiveAlert, type ActiveAlerts, type FoundAlert, type StateChange, stepAlerts } from './alert_states.ts';
import type { RuleDefinition } from './definition.ts';
import type { ExpandAlertTemplates, RecordedSample, RuleSample } from './ports.ts';

/** A rule's result cannot be used; in upstream's words. */
class RuleError extends Error {
  override readonly name = 'RuleError';
}

/** A rule between evaluations. Times are ms since the epoch, 0 for never. */
export interface RuleState {
  readonly definition: RuleDefinition;
  active: ActiveAlerts;
  /** Series of its last evaluation that worked: those that are missing in the next one end. */
  series: ReadonlyMap<string, Labels>;
  health: 'unknown' | 'ok' | 'err';
  lastError: string;
  lastEvaluationMs: number;
  /** Its share of the time its batch took. */
  evaluationSeconds: number;
  /** Since when alerts are as they were before the last restart; before it ALERTS_FOR_STATE must not be overwritten. */
  restored: boolean;
}

export function newRuleState(definition: RuleDefinition, restored: boolean): RuleState {
  return {
    definition,
    active: new Map(),
    series: new Map(),
    health: 'unknown',
    lastError: '',
    lastEvaluationMs: 0,
    evaluationSeconds: 0,
    restored,
  };
}

/** What an evaluation makes of a rule. Nothing is taken over before all of it is known. */
export interface RuleOutcome {
  readonly active: ActiveAlerts;
  readonly changes: readonly StateChange[];
  readonly samples: readonly RecordedSample[];
}

export interface RuleEvaluation {
  /** The evaluation time, and the time of the data: earlier by the query offset. */
  readonly timeMs: number;
  readonly dataMs: number;
  /** 0: none. */
  readonly limit: number;
  readonly expand: ExpandAlertTemplates;
  readonly query: (expr: string) => Promise<readonly RuleSample[]>;
}

/** Series of a recording rule: upstream's RecordingRule.Eval. Throws RuleError. */
export function recordSeries(
  { definition }: RuleState,
  vector: readonly RuleSample[],
  { dataMs, limit }: RuleEvaluation,
): RuleOutcome {
  const seen = new Set<string>();
  const samples = vector.map(({ labels, value, histogram }): RecordedSample => {
    const recorded = withLabels(labels, [['__name__', definition.name], ...definition.labels]);
    seen.add(labelsKey(recorded));
    const sample = { labels: recorded, timeMs: dataMs, value, stale: false };
    return histogram === undefined ? sample : { ...sample, histogram };
  });
  if (seen.size < samples.length)
    throw new RuleError('vector contains metrics with the same labelset after applying rule labels');
  if (limit > 0 && samples.length > limit)
    throw new RuleError(`exceeded limit of ${limit} with ${samples.length} series`);
  return { active: NO_ALERTS, changes: [], samples };
}

const NO_ALERTS: ActiveAlerts = new Map();

/** How long the alerts of one rule may hold the thread before others get their turn, ms. */
const TURN_MS = 10;

/** Alerts of an alerting rule and their series: upstream's AlertingRule.Eval. Throws RuleError. */
export async function updateAlerts(
  { definition, active, restored }: RuleState,
  vector: readonly RuleSample[],
  evaluation: RuleEvaluation,
): Promise<RuleOutcome> {
  const found = new Map<string, FoundAlert>();
  let turnEnds = performance.now() + TURN_MS;
  for (const sample of vector) {
    if (performance.now() > turnEnds) {
      await nextTurn();
      turnEnds = performance.now() + TURN_MS;
    }
    const alert = await foundAlert(definition, sample, evaluation);
    const key = labelsKey(alert.labels);
    if (found.has(key))
      throw new RuleError('vector contains metrics with the same labelset after applying alert labels');
    found.set(key, alert);
  }
  const { timeMs, dataMs, limit } = evaluation;
  const { alerts, changes, activeCount } = stepAlerts(active, found, definition, timeMs);
  if (limit > 0 && activeCount > limit) throw new RuleError(`exceeded limit of ${limit} with ${activeCount} alerts`);
  return { active: alerts, changes, samples: restored ? seriesOf(alerts, dataMs) : [] };
}

/** The alert an element of a rule's result makes, templates expanded. */
export async function foundAlert(
  { name, labels, annotations }: RuleDefinition,
  sample: RuleSample,
  { timeMs, expand, query }: Pick<RuleEvaluation, 'timeMs' | 'expand' | 'query'>,
): Promise<FoundAlert> {
  const templates = { rule: name, labels, annotations, sample, timeMs, query };
  const expanded = isTemplate(labels) || isTemplate(annotations) ? await expand(templates) : templates;
  return {
    labels: withLabels(sample.labels, [['__name__', ''], ...expanded.labels, ['alertname', name]]),
    annotations: labelsFrom(expanded.annotations),
    value: sample.value,
  };
}

function isTemplate(texts: ReadonlyMap<string, string>): boolean {
  for (const text of texts.values()) if (text.includes('{{')) return true;
  return false;
}

/** ALERTS and ALERTS_FOR_STATE of alerts that are pending or firing. */
function seriesOf(alerts: ActiveAlerts, timeMs: number): RecordedSample[] {
  const samples: RecordedSample[] = [];
  for (const alert of alerts.values()) {
    if (alert.state === 'inactive') continue;
    const stateLabels = withLabels(alert.labels, [
      ['__name__', 'ALERTS'],
      ['alertstate', alert.state],
    ]);
    samples.push({ labels: stateLabels, timeMs, value: 1, stale: false });
    samples.push({ labels: forStateLabels(alert), timeMs, value: Math.floor(alert.activeAtMs / 1000), stale: false });
  }
  return samples;
}

export const forStateLabels = ({ labels }: Pick<ActiveAlert, 'labels'>): Labels =>
  withLabels(labels, [['__name__', 'ALERTS_FOR_STATE']]);
