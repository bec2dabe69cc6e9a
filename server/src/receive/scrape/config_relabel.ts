import { compileRelabel, RELABEL_ACTIONS, RELABEL_DEFAULTS, type RelabelRule, relabelProblem } from './relabel.ts';
import { fail, isNull, list, record, text, texts, whole, type YamlValue } from './yaml_reader.ts';

const KEYS = ['source_labels', 'separator', 'regex', 'modulus', 'target_label', 'replacement', 'action'] as const;

/** A list of relabelling rules, each checked as Prometheus checks it and compiled once to find bad expressions. */
export function relabelRules(value: YamlValue | undefined): RelabelRule[] {
  return list(value).map((entry) => {
    if (isNull(entry)) throw fail(entry, 'empty or null relabeling rule');
    const rule = oneRule(entry);
    const problem = relabelProblem(rule);
    if (problem !== undefined) throw fail(entry, problem);
    try {
      compileRelabel([rule]);
    } catch (error) {
      throw fail(entry, error instanceof Error ? error.message : String(error));
    }
    return rule;
  });
}

function oneRule(entry: YamlValue): RelabelRule {
  const keys = record(entry, KEYS);
  const optional = (key: (typeof KEYS)[number], otherwise: string): string => {
    const value = keys.get(key);
    return value === undefined ? otherwise : text(value);
  };
  const written = optional('action', RELABEL_DEFAULTS.action).toLowerCase();
  const action = RELABEL_ACTIONS.find((known) => known === written);
  if (action === undefined)
    throw fail(keys.get('action') ?? entry, `unknown relabel action ${JSON.stringify(written)}`);
  const onlyRegex = action === 'labeldrop' || action === 'labelkeep';
  for (const key of ['separator', 'replacement', 'modulus'] as const) {
    const value = keys.get(key);
    if (onlyRegex && value !== undefined)
      throw fail(value, `${action} action requires only 'regex', and no other fields`);
  }
  const replacement = keys.get('replacement');
  if (replacement !== undefined && (action === 'lowercase' || action === 'uppercase')) {
    throw fail(replacement, `'replacement' can not be set for ${action} action`);
  }
  const regex = keys.get('regex');
  return {
    action,
    sourceLabels: texts(keys.get('source_labels')),
    separator: optional('separator', RELABEL_DEFAULTS.separator),
    // An empty `regex:` key keeps the default in Prometheus, an empty text does not.
    regex: regex === undefined || isNull(regex) ? RELABEL_DEFAULTS.regex : text(regex),
    targetLabel: optional('target_label', ''),
    replacement: optional('replacement', RELABEL_DEFAULTS.replacement),
    modulus: whole(keys.get('modulus'), 0),
  };
}
