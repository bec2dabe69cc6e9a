import { LogqlParseError, parse as parseLogql } from '@trilith/lang/logql';
import {
  isLegacyLabelName,
  isLegacyMetricName,
  type ParseOptions,
  PromqlParseError,
  parse,
} from '@trilith/lang/promql';
import {
  ConfigFileError,
  durationMs,
  entries,
  integer,
  isNull,
  list,
  parseYaml,
  record,
  text,
  type YamlValue,
} from '../base/yaml_reader.ts';
import { templateProblem } from './expand_templates.ts';
import type { RuleLanguage } from './ports.ts';

/** Rule files as Prometheus has them (model/rulefmt): groups of recording and alerting rules. */
export interface RuleGroup {
  readonly name: string;
  /** Ms; 0: the configuration's evaluation interval. */
  readonly intervalMs: number;
  /** Ms; undefined: the configuration's. */
  readonly queryOffsetMs: number | undefined;
  /** Most series or alerts a rule may make; 0: no limit. */
  readonly limit: number;
  readonly labels: ReadonlyMap<string, string>;
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly kind: 'record' | 'alert';
  /** Of the series that is recorded, or of the alert. */
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly line: number;
}

/** Something wrong with a rule file, where it is (from 1). */
export interface RuleProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface RuleFile {
  readonly groups: readonly RuleGroup[];
  /** Empty for a file that can be used. */
  readonly problems: readonly RuleProblem[];
  /** Documents after the first are not read. */
  readonly documents: number;
}

export interface RuleFileOptions {
  /** Keys that are not known are passed over instead of refused. */
  readonly ignoreUnknownFields?: boolean;
  /** Names are ASCII only. */
  readonly legacyNames?: boolean;
  /** What of PromQL is on. */
  readonly promql?: ParseOptions;
  /** Of expressions; PromQL where nothing is said. */
  readonly language?: RuleLanguage;
}

const FILE = ['groups'];
const GROUP = ['name', 'interval', 'query_offset', 'limit', 'rules', 'labels'];
const RULE = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

type Keys = ReadonlyMap<string, YamlValue>;

class Reader {
  readonly problems: RuleProblem[] = [];
  readonly options: RuleFileOptions;

  constructor(options: RuleFileOptions) {
    this.options = options;
  }

  keys(value: YamlValue, known: readonly string[]): Keys {
    return this.options.ignoreUnknownFields === true ? new Map(entries(value)) : record(value, known);
  }

  complain({ line, column }: Pick<YamlValue, 'line' | 'column'>, message: string): void {
    this.problems.push({ line, column, message });
  }

  labelName(name: string): boolean {
    return this.options.legacyNames === true ? isLegacyLabelName(name) : name !== '' && name.isWellFormed();
  }

  metricName(name: string): boolean {
    return this.options.legacyNames === true ? isLegacyMetricName(name) : name !== '' && name.isWellFormed();
  }
}

/**
 * Reads a rule file and finds everything that is wrong with it, in upstream's words. A file whose form is wrong (no YAML,
 * unknown keys, values of the wrong kind) has one problem and no groups.
 */
export function parseRuleFile(source: string, options: RuleFileOptions = {}): RuleFile {
  const reader = new Reader(options);
  try {
    const top = parseYaml(source);
    const groups = list(reader.keys(top, FILE).get('groups')).map((entry) => readGroup(entry, reader));
    refuseSameNames(groups, reader);
    return { groups: groups.map(({ group }) => group), problems: reader.problems, documents: top.documents };
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return { groups: [], problems: [{ line: error.line, column: 1, message: error.reason }], documents: 1 };
  }
}

interface ReadGroup {
  readonly at: YamlValue;
  readonly group: RuleGroup;
}

function refuseSameNames(groups: readonly ReadGroup[], reader: Reader): void {
  const seen = new Set<string>();
  for (const { at, group } of groups) {
    if (group.name === '') reader.complain(at, 'Groupname must not be empty');
    if (seen.has(group.name)) reader.complain(at, `groupname: "${group.name}" is repeated in the same file`);
    seen.add(group.name);
  }
}

const textOf = (keys: Keys, key: string): string => {
  const value = keys.get(key);
  return value === undefined ? '' : text(value);
};

function textMap(value: YamlValue | undefined): Map<string, string> {
  const pairs = value === undefined || isNull(value) ? [] : entries(value);
  return new Map(pairs.map(([name, entry]) => [name, text(entry)]));
}

function readGroup(entry: YamlValue, reader: Reader): ReadGroup {
  const keys = reader.keys(entry, GROUP);
  const name = textOf(keys, 'name');
  const offset = keys.get('query_offset');
  const labels = textMap(keys.get('labels'));
  for (const problem of labelProblems(labels, reader)) reader.complain(keys.get('labels') ?? entry, problem);
  const group: RuleGroup = {
    name,
    intervalMs: durationMs(keys.get('interval'), 0),
    queryOffsetMs: offset === undefined || isNull(offset) ? undefined : durationMs(offset, 0),
    limit: integer(keys.get('limit'), 0),
    labels,
    rules: list(keys.get('rules')).map((rule, i) => readRule(rule, i + 1, name, reader)),
  };
  return { at: entry, group };
}

function labelProblems(labels: ReadonlyMap<string, string>, reader: Reader): string[] {
  return [...labels].flatMap(([name, value]) => [
    ...(reader.labelName(name) && name !== '__name__' ? [] : [`invalid label name: ${name}`]),
    ...(value.isWellFormed() ? [] : [`invalid label value: ${value}`]),
  ]);
}

function readRule(entry: YamlValue, number: number, group: string, reader: Reader): Rule {
  const keys = reader.keys(entry, RULE);
  const [recorded, alert, expr] = [textOf(keys, 'record'), textOf(keys, 'alert'), textOf(keys, 'expr')];
  const name = alert !== '' ? alert : recorded;
  const rule: Rule = {
    kind: alert !== '' ? 'alert' : 'record',
    name,
    expr,
    forMs: durationMs(keys.get('for'), 0),
    keepFiringForMs: durationMs(keys.get('keep_firing_for'), 0),
    labels: textMap(keys.get('labels')),
    annotations: textMap(keys.get('annotations')),
    line: entry.line,
  };
  const complain = (at: YamlValue | undefined, message: string): void =>
    reader.complain(at ?? entry, `group ${JSON.stringify(group)}, rule ${number}, ${JSON.stringify(name)}: ${message}`);
  const naming = keys.get('record');
  if (recorded !== '' && alert !== '') complain(naming, "only one of 'record' and 'alert' must be set");
  if (recorded === '' && alert === '') complain(entry, "one of 'record' or 'alert' must be set");
  checkExpr(keys.get('expr'), expr, reader.options, complain);
  if (recorded !== '') for (const problem of recordingProblems(rule, recorded, reader)) complain(naming, problem);
  for (const problem of labelProblems(rule.labels, reader)) complain(keys.get('labels'), problem);
  for (const annotation of rule.annotations.keys())
    if (!reader.labelName(annotation)) complain(keys.get('annotations'), `invalid annotation name: ${annotation}`);
  if (alert !== '') checkTemplates(rule, keys, complain);
  return rule;
}

type Complain = (at: YamlValue | undefined, message: string) => void;

function checkExpr(
  at: YamlValue | undefined,
  expr: string,
  { language, promql }: RuleFileOptions,
  complain: Complain,
): void {
  if (expr === '') {
    complain(at, "field 'expr' must be set in rule");
    return;
  }
  try {
    if (language === 'logql') checkLogql(expr);
    else parse(expr, promql);
  } catch (error) {
    if (!(error instanceof PromqlParseError || error instanceof LogqlParseError)) throw error;
    complain(at, `could not parse expression: ${error.message}`);
  }
}

/** Rules are made of numbers: a query that gives lines is none. Throws LogqlParseError. */
function checkLogql(expr: string): void {
  const why = 'a rule needs a metric query, as sum(rate({…}[5m]))';
  if (parseLogql(expr).kind === 'log') throw new LogqlParseError(why, why, 0, expr.length);
}

function recordingProblems(rule: Rule, recorded: string, reader: Reader): string[] {
  const problems: string[] = [];
  if (rule.annotations.size > 0) problems.push("invalid field 'annotations' in recording rule");
  if (rule.forMs !== 0) problems.push("invalid field 'for' in recording rule");
  if (rule.keepFiringForMs !== 0) problems.push("invalid field 'keep_firing_for' in recording rule");
  if (!reader.metricName(recorded)) problems.push(`invalid recording rule name: ${recorded}`);
  // A name may hold any character, yet braces are nearly always an expression in the wrong place.
  if (/[{}]/.test(recorded))
    problems.push(`braces present in the recording rule name; should it be in expr?: ${recorded}`);
  return problems;
}

function checkTemplates(rule: Rule, keys: Keys, complain: Complain): void {
  for (const [what, key, templates] of [
    ['label', 'labels', rule.labels],
    ['annotation', 'annotations', rule.annotations],
  ] as const) {
    for (const [name, template] of templates) {
      const problem = templateProblem(rule.name, template);
      if (problem !== undefined) complain(keys.get(key), `${what} ${JSON.stringify(name)}: ${problem}`);
    }
  }
}

/** A rule that occurs more than once with the same name and labels. */
export interface DuplicateRule {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Rules that record the same series, or alert under the same name and labels, each named once (promtool's lint). */
export function duplicateRules(groups: readonly RuleGroup[]): DuplicateRule[] {
  const seen = new Map<string, { readonly rule: DuplicateRule; count: number }>();
  for (const group of groups) {
    for (const rule of group.rules) {
      const labels = new Map([...group.labels, ...rule.labels]);
      const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
      const key = JSON.stringify([rule.name, sorted]);
      const entry = seen.get(key) ?? { rule: { name: rule.name, labels: new Map(sorted) }, count: 0 };
      entry.count++;
      seen.set(key, entry);
    }
  }
  return [...seen.values()].filter(({ count }) => count > 1).map(({ rule }) => rule);
}
