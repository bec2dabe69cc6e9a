import { readAuth, readHeaders, readTls } from './config_http.ts';
import { relabelRules } from './config_relabel.ts';
import type { ConfigNotice, PrometheusConfig, ScrapeJob, StaticGroup } from './config_types.ts';
import {
  ConfigFileError,
  durationMs,
  entries,
  fail,
  flag,
  isNull,
  list,
  parseYaml,
  record,
  sizeBytes,
  text,
  texts,
  whole,
  type YamlValue,
} from './yaml_reader.ts';

/** `prometheus.yml` as people have it (prometheus.io/docs/prometheus/latest/configuration/configuration). */
const LIMITS = [
  'body_size_limit',
  'sample_limit',
  'target_limit',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
  'keep_dropped_targets',
];
const HISTOGRAMS = [
  'scrape_native_histograms',
  'always_scrape_classic_histograms',
  'convert_classic_histograms_to_nhcb',
];
const NAMES = ['metric_name_validation_scheme', 'metric_name_escaping_scheme'];
const SHARED = [
  'scrape_interval',
  'scrape_timeout',
  'scrape_protocols',
  'scrape_failure_log_file',
  'extra_scrape_metrics',
  ...LIMITS,
  ...HISTOGRAMS,
  ...NAMES,
];
const TOP = [
  'global',
  'runtime',
  'alerting',
  'rule_files',
  'scrape_config_files',
  'scrape_configs',
  'storage',
  'tracing',
  'remote_write',
  'remote_read',
  'otlp',
];
const GLOBAL = [...SHARED, 'evaluation_interval', 'rule_query_offset', 'query_log_file', 'external_labels'];
const HTTP = [
  'basic_auth',
  'authorization',
  'oauth2',
  'bearer_token',
  'bearer_token_file',
  'tls_config',
  'follow_redirects',
  'enable_http2',
  'proxy_url',
  'no_proxy',
  'proxy_from_environment',
  'proxy_connect_header',
  'http_headers',
];
const DISCOVERY = [
  'aws',
  'azure',
  'consul',
  'digitalocean',
  'dns',
  'docker',
  'dockerswarm',
  'ec2',
  'ecs',
  'eureka',
  'file',
  'gce',
  'hetzner',
  'http',
  'ionos',
  'kubernetes',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'nomad',
  'oci',
  'openstack',
  'outscale',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
].map((kind) => `${kind}_sd_configs`);
const JOB = new Set([
  ...SHARED,
  ...HTTP,
  ...DISCOVERY,
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
  'static_configs',
  'relabel_configs',
  'metric_relabel_configs',
]);
/** Accepted at the top and not acted upon. */
const NOT_USED = [
  'runtime',
  'alerting',
  'scrape_config_files',
  'storage',
  'tracing',
  'remote_write',
  'remote_read',
  'otlp',
];
const JOB_NOT_SUPPORTED = [
  'oauth2',
  'proxy_url',
  'proxy_from_environment',
  'track_timestamps_staleness',
  'extra_scrape_metrics',
];
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

interface Defaults {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly limits: ReadonlyMap<string, YamlValue>;
}

/** Reads a `prometheus.yml`. Throws ConfigFileError, whose message names the line. */
export function parsePrometheusConfig(source: string): PrometheusConfig {
  const notices: ConfigNotice[] = [];
  const top = record(parseYaml(source), TOP);
  const global = top.get('global');
  const globals = global === undefined ? new Map<string, YamlValue>() : record(global, GLOBAL);
  const defaults = readDefaults(globals);
  const jobs = list(top.get('scrape_configs')).map((entry) => readJob(entry, defaults, notices));
  refuseSameNames(top.get('scrape_configs'), jobs);
  for (const key of NOT_USED) {
    const value = top.get(key);
    if (value !== undefined && !isNull(value))
      notices.push({ line: value.line, message: `${key} is not used yet (line ${value.line})` });
  }
  const ruleFiles = top.get('rule_files');
  const names = texts(ruleFiles);
  if (ruleFiles !== undefined && names.length > 0)
    notices.push({ line: ruleFiles.line, message: `rule_files is not used yet (line ${ruleFiles.line})` });
  return {
    jobs,
    evaluationIntervalMs: durationMs(globals.get('evaluation_interval'), 60_000),
    externalLabels: labelRecord(globals.get('external_labels')),
    ruleFiles: names,
    notices: notices.sort((a, b) => a.line - b.line),
  };
}

function readDefaults(globals: ReadonlyMap<string, YamlValue>): Defaults {
  const intervalMs = durationMs(globals.get('scrape_interval'), 60_000) || 60_000;
  const timeout = globals.get('scrape_timeout');
  const timeoutMs = durationMs(timeout, Math.min(10_000, intervalMs)) || Math.min(10_000, intervalMs);
  if (timeout !== undefined && timeoutMs > intervalMs)
    throw fail(timeout, 'global scrape timeout greater than scrape interval');
  return { intervalMs, timeoutMs, limits: globals };
}

function refuseSameNames(value: YamlValue | undefined, jobs: readonly ScrapeJob[]): void {
  const seen = new Set<string>();
  for (const [i, entry] of list(value).entries()) {
    const name = jobs[i]?.name ?? '';
    if (seen.has(name))
      throw new ConfigFileError(entry.line, `found multiple scrape configs with job name ${JSON.stringify(name)}`);
    seen.add(name);
  }
}

function readJob(entry: YamlValue, defaults: Defaults, notices: ConfigNotice[]): ScrapeJob {
  if (isNull(entry)) throw fail(entry, 'empty or null scrape config section');
  const keys = record(entry, JOB);
  const nameValue = keys.get('job_name');
  const name = nameValue === undefined ? '' : text(nameValue);
  if (name === '') throw fail(entry, 'job_name is empty');
  noteUnsupported(keys, notices);
  const limit = (key: string): number => whole(keys.get(key) ?? defaults.limits.get(key), 0);
  const path = keys.get('metrics_path');
  return {
    name,
    ...readTimes(keys, name, defaults),
    scheme: readScheme(keys.get('scheme')),
    metricsPath: path === undefined ? '/metrics' : text(path),
    params: entries(keys.get('params') ?? { ...entry, node: null }).flatMap(([param, values]) =>
      texts(values).map((value) => [param, value] as const),
    ),
    honorLabels: flag(keys.get('honor_labels'), false),
    honorTimestamps: flag(keys.get('honor_timestamps'), true),
    bodySizeLimit: sizeBytes(keys.get('body_size_limit') ?? defaults.limits.get('body_size_limit'), 0),
    sampleLimit: limit('sample_limit'),
    labelLimit: limit('label_limit'),
    labelNameLengthLimit: limit('label_name_length_limit'),
    labelValueLengthLimit: limit('label_value_length_limit'),
    targetLimit: limit('target_limit'),
    enableCompression: flag(keys.get('enable_compression'), true),
    followRedirects: flag(keys.get('follow_redirects'), true),
    auth: readAuth(keys),
    tls: readTls(keys.get('tls_config')),
    headers: readHeaders(keys.get('http_headers')),
    groups: list(keys.get('static_configs')).map(readGroup),
    relabel: relabelRules(keys.get('relabel_configs')),
    metricRelabel: relabelRules(keys.get('metric_relabel_configs')),
  };
}

function noteUnsupported(keys: ReadonlyMap<string, YamlValue>, notices: ConfigNotice[]): void {
  for (const key of [...DISCOVERY, ...JOB_NOT_SUPPORTED]) {
    const value = keys.get(key);
    if (value !== undefined)
      notices.push({ line: value.line, message: `${key} is not supported yet (line ${value.line})` });
  }
}

function readTimes(
  keys: ReadonlyMap<string, YamlValue>,
  job: string,
  defaults: Defaults,
): { intervalMs: number; timeoutMs: number } {
  const timeout = keys.get('scrape_timeout');
  const intervalMs = durationMs(keys.get('scrape_interval'), defaults.intervalMs) || defaults.intervalMs;
  const timeoutMs = durationMs(timeout, 0) || Math.min(defaults.timeoutMs, intervalMs);
  if (timeout !== undefined && timeoutMs > intervalMs) {
    throw fail(
      timeout,
      `scrape timeout greater than scrape interval for scrape config with job name ${JSON.stringify(job)}`,
    );
  }
  return { intervalMs, timeoutMs };
}

function readScheme(value: YamlValue | undefined): 'http' | 'https' {
  if (value === undefined) return 'http';
  const scheme = text(value);
  if (scheme !== 'http' && scheme !== 'https') throw fail(value, 'must be http or https');
  return scheme;
}

function readGroup(entry: YamlValue): StaticGroup {
  if (isNull(entry)) throw fail(entry, 'empty or null section in static_configs');
  const keys = record(entry, ['targets', 'labels']);
  const targets = list(keys.get('targets')).map((target) => {
    const address = text(target);
    if (address.includes('/')) throw fail(target, `${JSON.stringify(address)} is not a valid hostname`);
    return address;
  });
  return { targets, labels: labelRecord(keys.get('labels')) };
}

function labelRecord(value: YamlValue | undefined): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  if (value === undefined) return labels;
  for (const [name, entry] of entries(value)) {
    if (!LABEL_NAME.test(name)) throw fail(entry, `${JSON.stringify(name)} is not a valid label name`);
    labels[name] = text(entry);
  }
  return labels;
}
