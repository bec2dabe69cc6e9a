import { parse, print, type VectorSelector } from '@trilith/lang/promql';
import { durationMs, flag, list, text, type YamlValue } from '../base/yaml_reader.ts';
import { type Keys, keysOf, labelsOf, textOf } from './keys.ts';
import { type AlertPlan, type Indicator, NO_PLUGINS, type Objective, ObjectiveError } from './objective.ts';

/** Labels of the object that go to its series and alerts, with this in front of their names. */
const PROPAGATED = 'pyrra.dev/';

/**
 * The objective of a Pyrra ServiceLevelObjective (github.com/pyrra-dev/pyrra, api/v1alpha1): ratio, latency,
 * latencyNative and bool_gauge indicators, with their groupings. Throws ObjectiveError, ConfigFileError.
 */
export function pyrraObjective(file: Keys, periodMs: number): Objective {
  const metadata = keysOf(file.get('metadata'));
  const spec = keysOf(file.get('spec'));
  const name = textOf(metadata.get('name'));
  const line = file.get('spec')?.line ?? 1;
  const propagated = labelsOf(metadata.get('labels'))
    .filter(([label]) => label.startsWith(PROPAGATED))
    .map(([label, value]): [string, string] => [label.slice(PROPAGATED.length), value]);
  const labels = new Map(propagated);
  const namespace = textOf(metadata.get('namespace'));
  const service = labels.get('service') ?? (namespace === '' ? name : namespace);
  const target = Number(textOf(spec.get('target')));
  if (!(target > 0 && target <= 100))
    throw new ObjectiveError('target must be a percentage above 0 and up to 100', line);
  const alerting = keysOf(spec.get('alerting'));
  const disabled = flag(alerting.get('disabled'), false) || !flag(alerting.get('burnrates'), true);
  const plan = (severity: string): AlertPlan | undefined =>
    disabled
      ? undefined
      : {
          name: textOf(alerting.get('name')) || 'ErrorBudgetBurn',
          labels: new Map([['severity', severity], ['slo', name], ...propagated]),
          annotations: new Map(),
        };
  return {
    id: namespace === '' ? name : `${namespace}-${name}`,
    name,
    service,
    description: textOf(spec.get('description')),
    targetPercent: target,
    periodMs: durationMs(spec.get('window'), periodMs),
    labels,
    indicator: indicatorOf(keysOf(spec.get('indicator')), line),
    page: plan('critical'),
    ticket: plan('warning'),
    minimumEvents: 0,
    plugins: NO_PLUGINS,
  };
}

function indicatorOf(indicator: Keys, line: number): Indicator {
  const given = ['ratio', 'latency', 'latencyNative', 'bool_gauge'].filter((kind) => indicator.has(kind));
  const [kind] = given;
  if (kind === undefined || given.length > 1)
    throw new ObjectiveError('exactly one indicator of ratio, latency, latencyNative and bool_gauge is required', line);
  const keys = keysOf(indicator.get(kind));
  const by = list(keys.get('grouping')).map(text);
  const sum = (expr: string): string => `sum${by.length === 0 ? '' : ` by (${by.join(', ')})`} (${expr})`;
  const metric = (part: string): VectorSelector => selector(keys.get(part), part, line);
  const rate = (of: VectorSelector): string => `rate(${print(of)}[{{.window}}])`;
  switch (kind) {
    case 'ratio':
      return { kind: 'events', bad: sum(rate(metric('errors'))), total: sum(rate(metric('total'))) };
    case 'latency': {
      const [total, success] = [sum(rate(metric('total'))), sum(rate(metric('success')))];
      return { kind: 'events', bad: `${total} - ${success}`, total };
    }
    case 'latencyNative': {
      const histogram = sum(rate(metric('total')));
      const seconds = durationMs(keys.get('latency'), 0) / 1000;
      if (seconds === 0) throw new ObjectiveError('latencyNative needs latency', line);
      const total = `histogram_count(${histogram})`;
      return { kind: 'events', bad: `${total} * (1 - histogram_fraction(0, ${seconds}, ${histogram}))`, total };
    }
    default: {
      const name = print(selector(indicator.get('bool_gauge'), 'metric', line, true));
      const total = sum(`count_over_time(${name}[{{.window}}])`);
      return { kind: 'events', bad: `${total} - ${sum(`sum_over_time(${name}[{{.window}}])`)}`, total };
    }
  }
}

/** The selector under `metric` of a part of an indicator, or of the indicator itself. */
function selector(value: YamlValue | undefined, part: string, line: number, itself = false): VectorSelector {
  if (value === undefined) throw new ObjectiveError(`${part} is required`, line);
  const written = textOf(keysOf(value).get('metric'));
  if (written === '') throw new ObjectiveError(`${itself ? '' : `${part}.`}metric is required`, value.line);
  const expr = parse(written);
  if (expr.kind !== 'vector-selector')
    throw new ObjectiveError(`${part}: a metric is expected, not an expression`, value.line);
  return expr;
}
