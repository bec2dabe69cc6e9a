/** What a rule is to take away: a whole metric, a label, or the series that have a label's value. */
export interface RuleSubject {
  readonly metric?: string | undefined;
  readonly label?: string | undefined;
  readonly value?: string | undefined;
}

/** Text as an RE2 pattern that matches only itself. */
function literal(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&').replaceAll('\n', '\\n');
}

/** Text as a YAML scalar that no reader takes for anything else. */
function scalar(text: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text)
    ? text
    : `'${text.replaceAll("'", "''")}'`;
}

function rule(fields: readonly (readonly [string, string])[]): string {
  const lines = fields.map(([name, value], at) => `${at === 0 ? '  - ' : '    '}${name}: ${value}`);
  return ['metric_relabel_configs:', ...lines].join('\n');
}

const sources = (names: readonly string[]): readonly [string, string] => [
  'source_labels',
  `[${names.map(scalar).join(', ')}]`,
];

/**
 * A rule for a scrape job's `metric_relabel_configs` (Prometheus' relabelling): a metric or the series of a label's value
 * are dropped; a label is emptied, which removes it, on one metric or, without one, everywhere.
 */
export function relabelRule({ metric, label, value }: RuleSubject): string {
  if (label === undefined)
    return rule([sources(['__name__']), ['regex', scalar(literal(metric ?? ''))], ['action', 'drop']]);
  if (value !== undefined) {
    const names = metric === undefined ? [label] : ['__name__', label];
    const pattern = metric === undefined ? literal(value) : `${literal(metric)};${literal(value)}`;
    return rule([sources(names), ['regex', scalar(pattern)], ['action', 'drop']]);
  }
  if (metric === undefined)
    return rule([
      ['regex', scalar(literal(label))],
      ['action', 'labeldrop'],
    ]);
  return rule([
    sources(['__name__']),
    ['regex', scalar(literal(metric))],
    ['target_label', scalar(label)],
    ['replacement', "''"],
  ]);
}
