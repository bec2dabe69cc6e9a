import {
  ConfigFileError,
  decimal,
  durationMs,
  entries,
  flag,
  list,
  parseYaml,
  record,
  text,
  texts,
  type YamlValue,
} from '../../base/yaml_reader.ts';

/** A file of unit tests for rules: prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules. */
export interface UnitTestFile {
  /** Globs, relative to the file. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: number;
  readonly groupOrder: readonly string[];
  readonly tests: readonly TestGroup[];
  /** Values may differ by one unit in the last place. */
  readonly fuzzyCompare: boolean;
}

export interface TestGroup {
  /** Empty for one without a name. */
  readonly name: string;
  /** Between points of input series, ms. */
  readonly intervalMs: number;
  /** When the test begins, ms since the epoch. */
  readonly startMs: number;
  readonly inputSeries: readonly { readonly series: string; readonly values: string }[];
  readonly alertTests: readonly AlertTest[];
  readonly exprTests: readonly ExprTest[];
  readonly externalLabels: ReadonlyMap<string, string>;
  readonly externalUrl: string;
}

export interface AlertTest {
  readonly evalTimeMs: number;
  readonly alertname: string;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExpectedAlert {
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

export interface ExprTest {
  readonly expr: string;
  readonly evalTimeMs: number;
  readonly expected: readonly ExpectedSample[];
}

export interface ExpectedSample {
  readonly labels: string;
  readonly value: number;
  /** In the notation of series; when there is one the value does not count. */
  readonly histogram: string;
}

const FILE = ['rule_files', 'evaluation_interval', 'group_eval_order', 'tests', 'fuzzy_compare'];
const GROUP = [
  ...['interval', 'input_series', 'alert_rule_test', 'promql_expr_test', 'external_labels', 'external_url', 'name'],
  'start_timestamp',
];
const DEFAULT_INTERVAL_MS = 60_000;

/** Reads a file of unit tests. @throws ConfigFileError */
export function parseTestFile(source: string): UnitTestFile {
  const keys = record(parseYaml(source), FILE);
  const interval = durationMs(keys.get('evaluation_interval'), 0) || DEFAULT_INTERVAL_MS;
  const groupOrder = texts(keys.get('group_eval_order'));
  const repeated = groupOrder.find((name, i) => groupOrder.indexOf(name) < i);
  if (repeated !== undefined) {
    const line = keys.get('group_eval_order')?.line ?? 1;
    throw new ConfigFileError(line, `group name repeated in evaluation order: ${repeated}`);
  }
  return {
    ruleFiles: texts(keys.get('rule_files')),
    evaluationIntervalMs: interval,
    groupOrder,
    tests: list(keys.get('tests')).map((entry) => testGroup(entry, interval)),
    fuzzyCompare: flag(keys.get('fuzzy_compare'), false),
  };
}

const textAt = (keys: ReadonlyMap<string, YamlValue>, key: string): string => {
  const value = keys.get(key);
  return value === undefined ? '' : text(value);
};

function labelMap(value: YamlValue | undefined): ReadonlyMap<string, string> {
  return new Map(value === undefined ? [] : entries(value).map(([name, entry]) => [name, text(entry)]));
}

function testGroup(entry: YamlValue, otherwiseMs: number): TestGroup {
  const keys = record(entry, GROUP);
  return {
    name: textAt(keys, 'name'),
    intervalMs: durationMs(keys.get('interval'), 0) || otherwiseMs,
    startMs: startTime(keys.get('start_timestamp')),
    inputSeries: list(keys.get('input_series')).map((one) => {
      const series = record(one, ['series', 'values']);
      return { series: textAt(series, 'series'), values: textAt(series, 'values') };
    }),
    alertTests: list(keys.get('alert_rule_test')).map(alertTest),
    exprTests: list(keys.get('promql_expr_test')).map(exprTest),
    externalLabels: labelMap(keys.get('external_labels')),
    externalUrl: textAt(keys, 'external_url'),
  };
}

function alertTest(entry: YamlValue): AlertTest {
  const keys = record(entry, ['eval_time', 'alertname', 'exp_alerts']);
  return {
    evalTimeMs: durationMs(keys.get('eval_time'), 0),
    alertname: textAt(keys, 'alertname'),
    expected: list(keys.get('exp_alerts')).map((one) => {
      const alert = record(one, ['exp_labels', 'exp_annotations']);
      return { labels: labelMap(alert.get('exp_labels')), annotations: labelMap(alert.get('exp_annotations')) };
    }),
  };
}

function exprTest(entry: YamlValue): ExprTest {
  const keys = record(entry, ['expr', 'eval_time', 'exp_samples']);
  return {
    expr: textAt(keys, 'expr'),
    evalTimeMs: durationMs(keys.get('eval_time'), 0),
    expected: list(keys.get('exp_samples')).map((one) => {
      const sample = record(one, ['labels', 'value', 'histogram']);
      return {
        labels: textAt(sample, 'labels'),
        value: yamlFloat(sample.get('value')),
        histogram: textAt(sample, 'histogram'),
      };
    }),
  };
}

/** A float as YAML writes it: `.inf` and `.nan` too. */
function yamlFloat(value: YamlValue | undefined): number {
  const special = value === undefined ? null : /^([+-]?)\.(inf|nan)$/i.exec(text(value));
  if (special === null) return decimal(value, 0);
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** RFC 3339, or seconds since the epoch. */
function startTime(value: YamlValue | undefined): number {
  if (value === undefined) return 0;
  const written = text(value);
  const seconds = written.trim() === '' ? Number.NaN : Number(written);
  const ms = Number.isFinite(seconds) ? Math.round(seconds * 1000) : Date.parse(written);
  if (Number.isNaN(ms)) {
    throw new ConfigFileError(value.line, `cannot parse ${JSON.stringify(written)} to a valid timestamp`);
  }
  return ms;
}
