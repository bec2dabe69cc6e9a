import { decimal, entries, list, text, whole, type YamlValue } from '../base/yaml_reader.ts';
import { type Indicator, NO_PLUGINS, type Objective, ObjectiveError } from './objective.ts';

const DAY_MS = 86_400_000;

const keysOf = (value: YamlValue | undefined): ReadonlyMap<string, YamlValue> =>
  new Map(value === undefined ? [] : entries(value));
const textOf = (value: YamlValue | undefined): string => (value === undefined ? '' : text(value));

/**
 * Objectives of an OpenSLO v1alpha object (github.com/OpenSLO/OpenSLO, v0.1), one for each of its targets, without
 * alerts, as Sloth reads them. Throws ObjectiveError, ConfigFileError.
 */
export function openSloObjectives(file: ReadonlyMap<string, YamlValue>, periodMs: number): Objective[] {
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
  };
}
