import type { MetricFamily } from './families.ts';

/** A habit that makes a metric hard to use; not an error. */
export interface LintProblem {
  readonly metric: string;
  readonly text: string;
}

/** Units and what to use instead of them (client_golang, promlint/validations/units.go). */
const UNITS: ReadonlyMap<string, string> = new Map([
  ...['amperes', 'bytes', 'celsius', 'grams', 'joules', 'kelvin', 'meters', 'metres', 'seconds', 'volts'].map(
    (unit): [string, string] => [unit, unit],
  ),
  ...['minutes', 'hours', 'days', 'weeks'].map((unit): [string, string] => [unit, 'seconds']),
  ['kelvins', 'kelvin'],
  ['fahrenheit', 'celsius'],
  ['rankine', 'celsius'],
  ...['inches', 'yards', 'miles'].map((unit): [string, string] => [unit, 'meters']),
  ['bits', 'bytes'],
  ['calories', 'joules'],
  ['pounds', 'grams'],
  ['ounces', 'grams'],
]);
const PREFIXES = 'pico nano micro milli centi deci deca hecto kilo kibi mega mibi giga gibi tera tebi peta pebi'.split(
  ' ',
);
const ABBREVIATIONS = 's ms us ns sec b kb mb gb tb pb m h d'.split(' ');
const CAMEL_CASE = /[a-z][A-Z]/;

function unitProblem(name: string): string | undefined {
  for (const word of name.split('_')) {
    const prefix = PREFIXES.find((known) => word.startsWith(known) && UNITS.has(word.slice(known.length)));
    const base = UNITS.get(word) ?? (prefix === undefined ? undefined : UNITS.get(word.slice(prefix.length)));
    if (base === undefined) continue;
    return base === word ? undefined : `use base unit ${JSON.stringify(base)} instead of ${JSON.stringify(word)}`;
  }
  return undefined;
}

const inName = (name: string, word: string): boolean => name.includes(`_${word}_`) || name.endsWith(`_${word}`);

function nameProblems({ name, type }: MetricFamily): string[] {
  const lower = name.toLowerCase();
  const typed = type !== '' && type !== 'untyped';
  const problems: string[] = [];
  const total = name.endsWith('_total');
  if (type === 'counter' && !total) problems.push('counter metrics should have "_total" suffix');
  if (typed && type !== 'counter' && total) problems.push('non-counter metrics should not have "_total" suffix');
  const unit = unitProblem(name);
  if (unit !== undefined) problems.push(unit);
  if (typed && inName(lower, type)) problems.push(`metric name should not include type '${type}'`);
  if (name.includes(':')) problems.push("metric names should not contain ':'");
  if (CAMEL_CASE.test(name)) problems.push("metric names should be written in 'snake_case' not 'camelCase'");
  for (const abbreviation of ABBREVIATIONS)
    if (inName(lower, abbreviation)) problems.push('metric names should not contain abbreviated units');
  return problems;
}

function reservedProblems({ name, type, metrics }: MetricFamily): string[] {
  if (type === '' || type === 'untyped') return [];
  const [histogram, summary] = [type === 'histogram', type === 'summary'];
  const problems: string[] = [];
  if (!histogram && name.endsWith('_bucket')) problems.push('non-histogram metrics should not have "_bucket" suffix');
  for (const suffix of ['_count', '_sum'])
    if (!histogram && !summary && name.endsWith(suffix))
      problems.push(`non-histogram and non-summary metrics should not have "${suffix}" suffix`);
  for (const { labels } of metrics.values()) {
    if (!histogram && labels.has('le')) problems.push('non-histogram metrics should not have "le" label');
    if (!summary && labels.has('quantile')) problems.push('non-summary metrics should not have "quantile" label');
  }
  return problems;
}

function lint(family: MetricFamily): string[] {
  const problems = [...nameProblems(family), ...reservedProblems(family)];
  if (family.help === undefined) problems.push('no help text');
  for (let i = 0; i < family.duplicates; i++) problems.push('metric not unique');
  for (const { labels } of family.metrics.values())
    for (const label of labels.keys())
      if (CAMEL_CASE.test(label)) problems.push("label names should be written in 'snake_case' not 'camelCase'");
  return problems;
}

/** What promtool's linter says about the families, sorted by metric and text. */
export function lintFamilies(families: readonly MetricFamily[]): LintProblem[] {
  const problems = families.flatMap((family) => lint(family).map((text) => ({ metric: family.name, text })));
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return problems.sort((a, b) => order(a.metric, b.metric) || order(a.text, b.text));
}

/** Series of each family, most first (promtool check metrics --extended). */
export function cardinalities(families: readonly MetricFamily[]): { readonly name: string; readonly series: number }[] {
  return families
    .map(({ name, type, metrics }) => {
      const counted = type === 'histogram' || type === 'summary';
      const first = metrics.values().next().value?.series ?? 0;
      return { name, series: metrics.size * (counted ? first : 1) };
    })
    .sort((a, b) => b.series - a.series);
}
