import { decimal, durationMs, flag, list, record, whole, type YamlValue } from '../base/yaml_reader.ts';
import { labelsOf, textOf } from './keys.ts';
import { type AlertPlan, type Indicator, NO_PLUGINS, type Objective, ObjectiveError, plainPlan } from './objective.ts';

const DAY_MS = 86_400_000;
const FILE = ['version', 'objectives'];
const OBJECTIVE = [
  ...['name', 'service', 'description', 'target', 'period', 'good', 'bad', 'total', 'min_events'],
  ...['labels', 'alert'],
];
const ALERT = ['name', 'labels', 'annotations', 'page', 'ticket'];

/**
 * Objectives in our own short format: counts with `$window` where the others write `{{.window}}`. Unknown keys are errors.
 * Throws ObjectiveError, ConfigFileError.
 */
export function trilithObjectives(file: YamlValue): Objective[] {
  const objectives = list(record(file, FILE).get('objectives'));
  if (objectives.length === 0) throw new ObjectiveError('at least one objective is required', file.line);
  return objectives.map((value): Objective => {
    const keys = record(value, OBJECTIVE);
    const [name, service] = [textOf(keys.get('name')), textOf(keys.get('service'))];
    const alert = keys.get('alert');
    return {
      id: `${service}-${name}`,
      name,
      service,
      description: textOf(keys.get('description')),
      targetPercent: decimal(keys.get('target'), 0),
      periodMs: durationMs(keys.get('period'), 30 * DAY_MS),
      labels: new Map(labelsOf(keys.get('labels'))),
      indicator: indicatorOf(keys, value.line),
      page: planOf(alert, 'page', name),
      ticket: planOf(alert, 'ticket', name),
      minimumEvents: whole(keys.get('min_events'), 0),
      plugins: NO_PLUGINS,
    };
  });
}

function indicatorOf(keys: ReadonlyMap<string, YamlValue>, line: number): Indicator {
  const template = (key: string): string => textOf(keys.get(key)).replaceAll('$window', '{{.window}}');
  const [good, bad, total] = [template('good'), template('bad'), template('total')];
  if (total === '' || (good === '') === (bad === ''))
    throw new ObjectiveError('total, and either good or bad, are required', line);
  return { kind: 'events', bad: bad === '' ? `(${total}) - (${good})` : bad, total };
}

function planOf(alert: YamlValue | undefined, severity: 'page' | 'ticket', objective: string): AlertPlan | undefined {
  if (alert === undefined) return undefined;
  const keys = record(alert, ALERT);
  if (!flag(keys.get(severity), true)) return undefined;
  const plain = plainPlan(objective, severity);
  return {
    name: textOf(keys.get('name')) || plain.name,
    labels: new Map([...plain.labels, ...labelsOf(keys.get('labels'))]),
    annotations: new Map(labelsOf(keys.get('annotations'))),
  };
}
