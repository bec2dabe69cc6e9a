import { formatDuration as windowText } from '@trilith/lang/promql';
import { formatFloat } from '@trilith/lang/template';
import * as v from 'valibot';
import { parseDurationMs } from '../base/yaml_reader.ts';
import {
  alertRules,
  factRules,
  type Generator,
  identity,
  matchers,
  meanShare,
  type ObjectiveRules,
  recording,
  shareRule,
  shareRules,
} from './burn_rules.ts';
import { type BurnWindows, windowLengths } from './burn_windows.ts';
import { atWindow } from './expression.ts';
import { type Objective, ObjectiveError, type PluginStep } from './objective.ts';
import { checkObjective } from './validate.ts';

/** What a step of the chain works on. */
export interface Making {
  readonly objective: Objective;
  readonly windows: BurnWindows;
  readonly generator: Generator;
  /** Changed by the steps. */
  readonly rules: ObjectiveRules;
}

type Plugin = (making: Making, config: unknown) => void;

const duration = v.pipe(
  v.string(),
  v.transform((written) => parseDurationMs(written)),
  v.number('not a duration'),
);
const labelMap = v.record(v.string(), v.string());
const optimised = v.object({ disableOptimized: v.optional(v.boolean(), false) });

/** The configuration of a step, or the ObjectiveError that says what is wrong with it. */
function read<Schema extends v.GenericSchema>(schema: Schema, config: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, config ?? {});
  if (!parsed.success) throw new ObjectiveError(`invalid config: ${v.summarize(parsed.issues)}`);
  return parsed.output;
}

const makeShares: Plugin = ({ objective, windows, rules }, config) => {
  rules.shares.rules = shareRules(objective, windows, read(optimised, config).disableOptimized);
};

const makeFacts: Plugin = ({ objective, windows, generator, rules }) => {
  rules.facts.rules = factRules(objective, windows, generator);
};

const makeAlerts: Plugin = ({ objective, windows, rules }) => {
  rules.alerts.rules = alertRules(objective, windows);
};

const infoLabels: Plugin = ({ rules }, config) => {
  const { labels, metricName } = read(
    v.object({
      labels: v.pipe(labelMap, v.minEntries(1, 'at least one label is required')),
      metricName: v.optional(v.string(), 'sloth_slo_info'),
    }),
    config,
  );
  const at = rules.facts.rules.findIndex(({ name }) => name === metricName);
  const rule = rules.facts.rules[at];
  if (rule !== undefined)
    rules.facts.rules[at] = { ...rule, labels: new Map([...rule.labels, ...Object.entries(labels)]) };
};

const ruleIntervals: Plugin = ({ rules }, config) => {
  const { interval } = read(
    v.object({
      interval: v.object({
        default: duration,
        sliError: v.optional(duration),
        metadata: v.optional(duration),
        alert: v.optional(duration),
      }),
    }),
    config,
  );
  rules.shares.intervalMs = interval.sliError ?? interval.default;
  rules.facts.intervalMs = interval.metadata ?? interval.default;
  rules.alerts.intervalMs = interval.alert ?? interval.default;
};

const removeLabels: Plugin = ({ objective, rules }, config) => {
  const { preserveLabels, skipMetrics } = read(
    v.object({
      preserveLabels: v.optional(v.array(v.string()), []),
      skipMetrics: v.optional(v.array(v.string()), []),
    }),
    config,
  );
  const kept = new Set([...identity(objective).map(([name]) => name), ...preserveLabels]);
  const skipped = new Set(['sloth_slo_info', ...skipMetrics]);
  for (const [group, names] of [
    [rules.shares, new Set([...kept, 'sloth_window'])],
    [rules.facts, kept],
  ] as const)
    group.rules = group.rules.map((rule) =>
      skipped.has(rule.name)
        ? rule
        : { ...rule, labels: new Map([...rule.labels].filter(([name]) => names.has(name))) },
    );
};

const budgetGoneAlert: Plugin = ({ objective, rules }, config) => {
  const wanted = read(
    v.object({
      threshold: v.optional(v.number(), 0),
      for: v.optional(duration, '5m'),
      alert_name: v.optional(v.string(), 'ErrorBudgetExhausted'),
      annotations: v.optional(labelMap, {}),
      selector_labels: v.optional(labelMap, {}),
      alert_labels: v.optional(labelMap, {}),
    }),
    config,
  );
  const of = matchers([...identity(objective), ...objective.labels, ...Object.entries(wanted.selector_labels)]);
  rules.alerts.rules = [
    ...rules.alerts.rules,
    {
      kind: 'alert',
      name: wanted.alert_name,
      expr: `slo:period_error_budget_remaining:ratio${of} <= ${formatFloat(wanted.threshold)}`,
      forMs: wanted.for,
      keepFiringForMs: 0,
      labels: new Map(Object.entries(wanted.alert_labels)),
      annotations: new Map(Object.entries(wanted.annotations)),
      line: 0,
    },
  ];
};

/**
 * The share is weighed by how much of the period's traffic the window had, so that few bad events in a quiet hour burn
 * little: bad × (total of the window ÷ total of the period) ÷ total.
 */
const correctedByTraffic: Plugin = ({ objective, windows, rules }, config) => {
  const { disableOptimized } = read(optimised, config);
  const { indicator, periodMs } = objective;
  if (indicator.kind !== 'events') throw new ObjectiveError('denominator corrected SLI requires SLI event type');
  const correction = 'slo:numerator_correction:ratio';
  const of = matchers(identity(objective));
  const period = windowText(periodMs);
  const lengths = windowLengths(windows);
  rules.shares.rules = [...lengths, periodMs].map((windowMs) => {
    const window = windowText(windowMs);
    const [bad, total] = [atWindow(indicator.bad, window), atWindow(indicator.total, window)];
    if (windowMs !== periodMs)
      return shareRule(objective, windowMs, `(\n${correction}${window}${of}\n* on()\n${bad}\n)\n/\n(${total})\n`);
    const whole = disableOptimized ? `(${bad})\n/\n(${total})\n` : meanShare(objective, windows.pageQuick.shortMs);
    return shareRule(objective, windowMs, whole);
  });
  const ofPeriod = atWindow(indicator.total, period);
  rules.facts.rules = [
    ...rules.facts.rules,
    ...lengths.map((windowMs) => {
      const window = windowText(windowMs);
      const expr = `(${atWindow(indicator.total, window)})/(${ofPeriod})`;
      return recording(`${correction}${window}`, expr, identity(objective), objective.labels);
    }),
  ];
};

/** The steps that Sloth ships, by the id its files call them. */
const PLUGINS: ReadonlyMap<string, Plugin> = new Map([
  ['sloth.dev/core/validate/v1', ({ objective }) => checkObjective(objective, { promql: true })],
  ['sloth.dev/core/sli_rules/v1', makeShares],
  ['sloth.dev/core/metadata_rules/v1', makeFacts],
  ['sloth.dev/core/alert_rules/v1', makeAlerts],
  ['sloth.dev/core/debug/v1', () => undefined],
  ['sloth.dev/core/noop/v1', () => undefined],
  ['sloth.dev/contrib/info_labels/v1', infoLabels],
  ['sloth.dev/contrib/rule_intervals/v1', ruleIntervals],
  ['sloth.dev/contrib/remove_labels/v1', removeLabels],
  ['sloth.dev/contrib/error_budget_exhausted_alert/v1', budgetGoneAlert],
  ['sloth.dev/contrib/denominator_corrected_rules/v1', correctedByTraffic],
  ['sloth.dev/contrib/validate_victoria_metrics/v1', ({ objective }) => checkObjective(objective, { promql: false })],
]);

const DEFAULT_STEPS: readonly PluginStep[] = [
  'sloth.dev/core/validate/v1',
  'sloth.dev/core/sli_rules/v1',
  'sloth.dev/core/metadata_rules/v1',
  'sloth.dev/core/alert_rules/v1',
].map((id) => ({ id, priority: 0, config: undefined, line: 0 }));

/** Runs the chain of an objective: steps below priority 0, the default ones, then the others, by priority. Throws ObjectiveError. */
export function runPlugins(making: Making): void {
  const { plugins, id } = making.objective;
  if (plugins.replacesDefaults && plugins.steps.length === 0)
    throw new ObjectiveError(`${id}: override plugins is set but no plugins are defined`);
  const sorted = plugins.steps.toSorted((a, b) => a.priority - b.priority);
  const steps = [
    ...sorted.filter(({ priority }) => priority < 0),
    ...(plugins.replacesDefaults ? [] : DEFAULT_STEPS),
    ...sorted.filter(({ priority }) => priority >= 0),
  ];
  for (const step of steps) {
    const plugin = PLUGINS.get(step.id);
    if (plugin === undefined)
      throw new ObjectiveError(
        `${id}: plugin ${JSON.stringify(step.id)} is not known: only Sloth's own ones are here, code of others is not run`,
        step.line,
      );
    try {
      plugin(making, step.config);
    } catch (error) {
      if (!(error instanceof ObjectiveError) || error.line > 0 || step.line === 0) throw error;
      throw new ObjectiveError(`${id}: plugin ${step.id}: ${error.message}`, step.line);
    }
  }
}
