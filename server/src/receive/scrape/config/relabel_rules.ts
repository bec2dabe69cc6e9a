import { fail, isNull, list, record, text, texts, whole, type YamlValue } from '../../../base/yaml_reader.ts';
import type { NameScheme } from '../../../base/yaml_shape.ts';
import { compileRelabel, RELABEL_ACTIONS, RELABEL_DEFAULTS, type RelabelRule, relabelProblem } from '../relabel.ts';

const KEYS = ['source_labels', 'separator', 'regex', 'modulus', 'target_label', 'replacement', 'action'] as const;

/**
 * A list of relabelling rules, each checked as Prometheus checks it and compiled once to find bad expressions.
 * @param empty what to say about an entry that holds nothing
 */
export function relabelRules(
  value: YamlValue | undefined,
  empty = 'empty or null relabeling rule',
  scheme: NameScheme = 'utf8',
): RelabelRule[] {
  return list(value).map((entry) => {
    if (isNull(entry)) throw fail(entry, empty);
    const rule = oneRule(entry);
    const problem = relabelProblem(rule, scheme);
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
    return value === undefined || isNull(value) ? otherwise : text(value);
  };
  const written = optional('action', RELABEL_DEFAULTS.action).toLowerCase();
  const action = RELABEL_ACTIONS.find((known) => known === written);
  if (action === undefined)
    throw fail(keys.get('action') ?? entry, `unknown relabel action ${JSON.stringify(written)}`);
  const regex = keys.get('regex');
  return {
    action,
    sourceLabels: texts(keys.get('source_labels')),
    separator: optional('separator', RELABEL_DEFAULTS.separator),
    // An empty `regex:` key is an empty expression in Prometheus.
    regex: regex === undefined ? RELABEL_DEFAULTS.regex : text(regex),
    targetLabel: optional('target_label', ''),
    replacement: optional('replacement', RELABEL_DEFAULTS.replacement),
    modulus: whole(keys.get('modulus'), 0),
  };
}
