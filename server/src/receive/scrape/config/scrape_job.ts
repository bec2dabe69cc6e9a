import { HTTP_FIELDS, readHttpClient } from '../../../base/http_client_config.ts';
import {
  decimal,
  durationMs,
  entries,
  fail,
  flag,
  isNull,
  list,
  record,
  sizeBytes,
  text,
  texts,
  whole,
  type YamlValue,
} from '../../../base/yaml_reader.ts';
import { type Keys, labelRecord, type NameScheme, textOf } from '../../../base/yaml_shape.ts';
import { DISCOVERY_FIELDS, readDiscoveries, refuseUrls } from './discovery_configs.ts';
import { relabelRules } from './relabel_rules.ts';
import {
  type ConfigNotice,
  DEFAULT_PROTOCOLS,
  type EscapingScheme,
  type ScrapeJob,
  type ScrapeProtocol,
} from './types.ts';

/** Keys that a job shares with `global`, where they are the default. */
const SHARED = [
  'scrape_interval',
  'scrape_timeout',
  'scrape_protocols',
  'scrape_failure_log_file',
  'extra_scrape_metrics',
  'body_size_limit',
  'sample_limit',
  'target_limit',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
  'keep_dropped_targets',
  'scrape_native_histograms',
  'always_scrape_classic_histograms',
  'convert_classic_histograms_to_nhcb',
  'metric_name_validation_scheme',
  'metric_name_escaping_scheme',
];
const GLOBAL = [...SHARED, 'evaluation_interval', 'rule_query_offset', 'query_log_file', 'external_labels'];
const JOB = new Set([
  ...SHARED,
  ...Object.keys(HTTP_FIELDS),
  ...DISCOVERY_FIELDS,
  'job_name',
  'honor_labels',
  'honor_timestamps',
  'track_timestamps_staleness',
  'params',
  'fallback_scrape_protocol',
  'metrics_path',
  'scheme',
  'enable_compression',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
  'relabel_configs',
  'metric_relabel_configs',
]);

const PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
];
const ESCAPINGS: readonly EscapingScheme[] = ['allow-utf-8', 'underscores', 'dots', 'values'];

export interface Global {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly evaluationIntervalMs: number;
  readonly ruleQueryOffsetMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly scheme: NameScheme;
  readonly keys: Keys;
}

/** Reads `global`. */
export function readGlobal(value: YamlValue | undefined): Global {
  const keys = value === undefined ? new Map<string, YamlValue>() : record(value, GLOBAL);
  const written = textOf(keys, 'metric_name_validation_scheme');
  if (!['', 'legacy', 'utf8'].includes(written) && value !== undefined)
    throw fail(value, `unrecognized ValidationScheme: ${JSON.stringify(written)}`);
  const scheme = written === 'legacy' ? 'legacy' : 'utf8';
  const intervalMs = durationMs(keys.get('scrape_interval'), 60_000) || 60_000;
  const timeout = keys.get('scrape_timeout');
  const timeoutMs = durationMs(timeout, 0) || Math.min(10_000, intervalMs);
  if (timeout !== undefined && timeoutMs > intervalMs)
    throw fail(timeout, 'global scrape timeout greater than scrape interval');
  for (const key of ['query_log_file', 'scrape_failure_log_file']) textOf(keys, key);
  readProtocols(keys.get('scrape_protocols'), ' for global config');
  return {
    intervalMs,
    timeoutMs,
    ruleQueryOffsetMs: durationMs(keys.get('rule_query_offset'), 0),
    evaluationIntervalMs: durationMs(keys.get('evaluation_interval'), 60_000) || 60_000,
    externalLabels: expanded(labelRecord(keys.get('external_labels'), scheme)),
    scheme,
    keys,
  };
}

/** `$NAME` and `${NAME}` of external labels stand for the environment (Go's os.Expand); `$$` is a dollar. */
function expanded(labels: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(labels)) {
    out[name] = value.replace(/\$(?:(\$)|\{([^}]*)\}|(\w+))/g, (_, dollar?: string, braced?: string, plain?: string) =>
      dollar === undefined ? (process.env[braced ?? plain ?? ''] ?? '') : '$',
    );
  }
  return out;
}

function readProtocol(value: YamlValue): ScrapeProtocol {
  const written = text(value);
  const protocol = PROTOCOLS.find((known) => known === written);
  if (protocol === undefined)
    throw fail(value, `unknown scrape protocol ${written}, supported: [${PROTOCOLS.join(' ')}]`);
  return protocol;
}

function readProtocols(value: YamlValue | undefined, where: string): readonly ScrapeProtocol[] | undefined {
  if (value === undefined || isNull(value)) return undefined;
  const written = texts(value);
  if (written.length === 0) throw fail(value, `scrape_protocols cannot be empty${where}`);
  if (new Set(written.map((name) => name.toLowerCase())).size !== written.length)
    throw fail(value, `duplicated protocol in scrape_protocols, got [${written.join(' ')}]${where}`);
  return list(value).map(readProtocol);
}

/** Reads one entry of `scrape_configs`. Files it names are relative to `directory`. */
export function readJob(entry: YamlValue, global: Global, notices: ConfigNotice[], directory: string): ScrapeJob {
  if (isNull(entry)) throw fail(entry, 'empty or null scrape config section');
  const keys = record(entry, JOB);
  const name = textOf(keys, 'job_name');
  if (name === '') throw fail(entry, 'job_name is empty');
  for (const [key, value] of keys) HTTP_FIELDS[key]?.(value);
  if (textOf(keys, 'scrape_failure_log_file') !== '' || textOf(global.keys, 'scrape_failure_log_file') !== '')
    noteFailureLog(keys.get('scrape_failure_log_file') ?? global.keys.get('scrape_failure_log_file'), notices);
  const limit = (key: string): number => whole(keys.get(key), 0) || whole(global.keys.get(key), 0);
  const shared = (key: string): boolean => flag(keys.get(key), flag(global.keys.get(key), false));
  const naming = readNaming(keys, global, entry);
  const scheme: NameScheme = naming.legacyNames ? 'legacy' : 'utf8';
  const relabel = keys.get('relabel_configs');
  const { groups, discovery } = readDiscoveries(keys, notices, name);
  if (list(relabel).length === 0) refuseUrls(groups, keys.get('static_configs') ?? entry);
  const fallback = keys.get('fallback_scrape_protocol');
  const nativeHistograms = shared('scrape_native_histograms');
  const protocols =
    readProtocols(keys.get('scrape_protocols'), ` for scrape config with job name ${JSON.stringify(name)}`) ??
    readProtocols(global.keys.get('scrape_protocols'), '') ??
    (nativeHistograms ? (['PrometheusProto', ...DEFAULT_PROTOCOLS] as const) : DEFAULT_PROTOCOLS);
  return {
    name,
    directory,
    ...readTimes(keys, name, global),
    ...naming,
    ...readHttpClient(keys, entry),
    scheme: textOf(keys, 'scheme') || 'http',
    metricsPath: keys.has('metrics_path') ? textOf(keys, 'metrics_path') : '/metrics',
    params: readParams(keys.get('params')),
    honorLabels: flag(keys.get('honor_labels'), false),
    honorTimestamps: flag(keys.get('honor_timestamps'), true),
    trackTimestampsStaleness: flag(keys.get('track_timestamps_staleness'), false),
    bodySizeLimit: sizeBytes(keys.get('body_size_limit'), 0) || sizeBytes(global.keys.get('body_size_limit'), 0),
    sampleLimit: limit('sample_limit'),
    labelLimit: limit('label_limit'),
    labelNameLengthLimit: limit('label_name_length_limit'),
    labelValueLengthLimit: limit('label_value_length_limit'),
    targetLimit: limit('target_limit'),
    keepDroppedTargets: limit('keep_dropped_targets'),
    protocols,
    ...(fallback === undefined || isNull(fallback) || text(fallback) === ''
      ? {}
      : { fallbackProtocol: readProtocol(fallback) }),
    nativeHistograms,
    alwaysClassicHistograms: shared('always_scrape_classic_histograms'),
    convertToNhcb: shared('convert_classic_histograms_to_nhcb'),
    histogramBucketLimit: whole(keys.get('native_histogram_bucket_limit'), 0),
    histogramMinFactor: decimal(keys.get('native_histogram_min_bucket_factor'), 0),
    extraMetrics: shared('extra_scrape_metrics'),
    enableCompression: flag(keys.get('enable_compression'), true),
    groups,
    discovery,
    relabel: relabelRules(relabel, 'empty or null target relabeling rule in scrape config', scheme),
    metricRelabel: relabelRules(
      keys.get('metric_relabel_configs'),
      'empty or null metric relabeling rule in scrape config',
      scheme,
    ),
  };
}

function noteFailureLog(value: YamlValue | undefined, notices: ConfigNotice[]): void {
  if (value === undefined) return;
  const message = `scrape_failure_log_file is not written: failed scrapes are in Trilith's own log (line ${value.line})`;
  if (!notices.some((notice) => notice.message === message)) notices.push({ line: value.line, message });
}

function readParams(value: YamlValue | undefined): ScrapeJob['params'] {
  if (value === undefined) return [];
  return entries(value).flatMap(([param, values]) => texts(values).map((item) => [param, item] as const));
}

function readTimes(keys: Keys, job: string, global: Global): { intervalMs: number; timeoutMs: number } {
  const timeout = keys.get('scrape_timeout');
  const intervalMs = durationMs(keys.get('scrape_interval'), 0) || global.intervalMs;
  const timeoutMs = durationMs(timeout, 0) || Math.min(global.timeoutMs, intervalMs);
  if (timeout !== undefined && timeoutMs > intervalMs) {
    const of = `scrape config with job name ${JSON.stringify(job)}`;
    throw fail(timeout, `scrape timeout greater than scrape interval for ${of}`);
  }
  return { intervalMs, timeoutMs };
}

interface Naming {
  readonly escaping: EscapingScheme;
  readonly legacyNames: boolean;
}

/** Which names are valid and how a target is asked to escape others; a job's own choice of names wins. */
function readNaming(keys: Keys, global: Global, entry: YamlValue): Naming {
  const own = textOf(keys, 'metric_name_validation_scheme');
  if (!['', 'legacy', 'utf8'].includes(own)) {
    const rule = `must be either '', 'legacy' or 'utf8'`;
    throw fail(entry, `unknown scrape config name validation method specified, ${rule}, got ${own}`);
  }
  const scheme = own === '' ? global.scheme : own;
  const implied = (names: string): string => (names === 'legacy' ? 'underscores' : 'allow-utf-8');
  const known = (written: string, where: string): EscapingScheme => {
    const found = ESCAPINGS.find((name) => name === written);
    if (found !== undefined) return found;
    const names = "'allow-utf-8', 'underscores', 'dots', or 'values'";
    throw fail(entry, `unknown ${where} name escaping method specified, must be one of ${names}, got "${written}"`);
  };
  const globally = known(textOf(global.keys, 'metric_name_escaping_scheme') || implied(global.scheme), 'global');
  const written = textOf(keys, 'metric_name_escaping_scheme') || (own === '' ? globally : implied(scheme));
  const escaping = known(written, 'scrape config');
  if (escaping === 'allow-utf-8' && scheme === 'legacy')
    throw fail(entry, 'utf8 metric names requested but validation scheme is not set to UTF8');
  return { escaping, legacyNames: scheme === 'legacy' };
}
