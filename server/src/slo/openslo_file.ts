import { decimal, list, parseDurationMs, text, whole, type YamlValue } from '../base/yaml_reader.ts';
import { type Keys, keysOf, textOf } from './keys.ts';
import { type AlertPlan, type Indicator, NO_PLUGINS, type Objective, ObjectiveError, plainPlan } from './objective.ts';

const DAY_MS = 86_400_000;

/**
 * Objectives of an OpenSLO v1alpha object (github.com/OpenSLO/OpenSLO, v0.1), one for each of its targets, without
 * alerts, as Sloth reads them. Throws ObjectiveError, ConfigFileError.
 */
export function openSloObjectives(file: Keys, periodMs: number): Objective[] {
  const spec = keysOf(file.get('spec'));
  const name = textOf(keysOf(file.get('metadata')).get('name'));
  const service = textOf(spec.get('service'));
  const targets = list(spec.get('objectives'));
  if (targets.length === 0) throw new ObjectiveError('at least one SLO is required', file.get('spec')?.line ?? 1);
  const period = periodOf(spec.get('timeWindows')) ?? periodMs;
  return targets.map((target, i) => ({
    id: `${service}-${name}-${i}`,
    name: `${name}-${i}`,
    service,
    description: textOf(spec.get('description')),
    targetPercent: decimal(keysOf(target).get('target'), 0) * 100,
    periodMs: period,
    labels: new Map(),
    indicator: ratioOf(target),
    page: undefined,
    ticket: undefined,
    minimumEvents: 0,
    plugins: NO_PLUGINS,
  }));
}

function periodOf(windows: YamlValue | undefined): number | undefined {
  const [window, ...more] = list(windows);
  if (window === undefined) return undefined;
  if (more.length > 0) throw new ObjectiveError('only 1 time window is supported', window.line);
  const keys = keysOf(window);
  if (textOf(keys.get('unit')).toLowerCase() !== 'day')
    throw new ObjectiveError('only days based time windows are supported', window.line);
  return whole(keys.get('count'), 0) * DAY_MS;
}

function ratioOf(target: YamlValue): Indicator {
  const ratio = keysOf(target).get('ratioMetrics');
  if (ratio === undefined) throw new ObjectiveError('missing ratioMetrics', target.line);
  const keys = keysOf(ratio);
  const query = (name: 'good' | 'total'): string => {
    const of = keysOf(keys.get(name));
    const [source, language] = [textOf(of.get('source')), textOf(of.get('queryType'))];
    if (source !== 'prometheus' && source !== 'sloth')
      throw new ObjectiveError(`prometheus or sloth query ratio '${name}' source is required`, ratio.line);
    if (language !== 'promql')
      throw new ObjectiveError(`unsupported '${name}' indicator query type: ${language}`, ratio.line);
    return textOf(of.get('query'));
  };
  const [good, total] = [query('good'), query('total')];
  return {
    kind: 'ratio',
    badShare: `\n  1 - (\n    (\n      ${good}\n    )\n    /\n    (\n      ${total}\n    )\n  )\n`,
    counts: { bad: `(${total}) - (${good})`, total },
  };
}

/** The sources of OpenSLO v1 whose queries are ours to ask, by their lower-case type. */
const SOURCES = new Set(['prometheus', 'mimir', 'thanos', 'victoriametrics', 'trilith', 'sloth']);

/** Reads the indicator of an SLI object. Throws ObjectiveError. */
export type ReadIndicator = () => Indicator;

/**
 * Objectives of an OpenSLO v1 SLO with its indicator inside; `indicators` are SLI objects by name, for `indicatorRef`. Ratios
 * of Prometheus queries can be read; time slices are kept as occurrences of good slots. An SLO without alert policies pages and
 * makes tickets by burn rates; policies are not read, and one that has them has no alerts. Throws ObjectiveError, ConfigFileError.
 */
export function openSloV1Objectives(
  file: Keys,
  periodMs: number,
  indicators: ReadonlyMap<string, ReadIndicator>,
): Objective[] {
  const spec = keysOf(file.get('spec'));
  const metadata = keysOf(file.get('metadata'));
  const name = textOf(metadata.get('name'));
  const service = textOf(spec.get('service'));
  const line = file.get('spec')?.line ?? 1;
  const reference = textOf(spec.get('indicatorRef'));
  const own = keysOf(spec.get('indicator')).get('spec');
  const readIndicator = own === undefined ? indicators.get(reference) : () => v1Ratio(own);
  if (readIndicator === undefined)
    throw new ObjectiveError(
      reference === ''
        ? 'an indicator is required'
        : `the SLI ${JSON.stringify(reference)} is not in this file, nor in another of the objectives`,
      line,
    );
  const policies = spec.get('alertPolicies');
  const isPlain = policies === undefined || list(policies).length === 0;
  const targets = list(spec.get('objectives'));
  if (targets.length === 0) throw new ObjectiveError('at least one objective is required', line);
  return targets.map((target, i) => {
    const of = keysOf(target);
    const percent = of.get('targetPercent');
    const full = targets.length === 1 ? name : `${name}-${i}`;
    const plan = (severity: 'page' | 'ticket'): AlertPlan | undefined =>
      isPlain ? plainPlan(full, severity) : undefined;
    return {
      id: `${service}-${full}`,
      name: full,
      service,
      description: textOf(spec.get('description')),
      targetPercent: percent === undefined ? decimal(of.get('target'), 0) * 100 : decimal(percent, 0),
      periodMs: v1Period(spec.get('timeWindow')) ?? periodMs,
      labels: new Map(),
      indicator: readIndicator(),
      page: plan('page'),
      ticket: plan('ticket'),
      minimumEvents: 0,
      plugins: NO_PLUGINS,
    };
  });
}

function v1Period(windows: YamlValue | undefined): number | undefined {
  const [window, ...more] = list(windows);
  if (window === undefined) return undefined;
  if (more.length > 0) throw new ObjectiveError('only 1 time window is supported', window.line);
  const written = textOf(keysOf(window).get('duration'));
  // OpenSLO's own units beyond those of Prometheus: months, quarters.
  const months = /^(\d+)([MQ])$/.exec(written);
  const ms = months === null ? parseDurationMs(written) : Number(months[1]) * (months[2] === 'Q' ? 90 : 30) * DAY_MS;
  if (ms === undefined || ms === 0) throw new ObjectiveError(`not a duration: ${JSON.stringify(written)}`, window.line);
  return ms;
}

/** The indicator of an SLI's `spec`. Throws ObjectiveError, ConfigFileError. */
export function v1Ratio(sli: YamlValue): Indicator {
  const ratio = keysOf(sli).get('ratioMetric');
  if (ratio === undefined)
    throw new ObjectiveError('only indicators with a ratioMetric can be read, not a thresholdMetric', sli.line);
  const keys = keysOf(ratio);
  const query = (part: string): string | undefined => {
    const metric = keys.get(part);
    if (metric === undefined) return undefined;
    const source = keysOf(keysOf(metric).get('metricSource'));
    const type = textOf(source.get('type'));
    if (!SOURCES.has(type.toLowerCase()))
      throw new ObjectiveError(
        `the source ${JSON.stringify(type)} of ${part} cannot be asked: Prometheus can`,
        metric.line,
      );
    const spec = source.get('spec');
    return spec === undefined ? '' : text(keysOf(spec).get('query') ?? spec);
  };
  const [good, bad, total, raw] = ['good', 'bad', 'total', 'raw'].map(query);
  if (raw !== undefined) {
    const success = textOf(keys.get('rawType')) === 'success';
    return { kind: 'ratio', badShare: success ? `1 - (${raw})` : raw, counts: undefined };
  }
  if (total === undefined) throw new ObjectiveError('ratioMetric needs total, or raw', ratio.line);
  if (bad !== undefined) return { kind: 'events', bad, total };
  if (good === undefined) throw new ObjectiveError('ratioMetric needs good or bad beside total', ratio.line);
  return { kind: 'events', bad: `(${total}) - (${good})`, total };
}
