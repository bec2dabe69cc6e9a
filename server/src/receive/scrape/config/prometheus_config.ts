import {
  ConfigFileError,
  fail,
  isNull,
  list,
  parseYaml,
  record,
  text,
  texts,
  type YamlValue,
} from '../../../base/yaml_reader.ts';
import { type FoundAlerting, otherSections } from './other_sections.ts';
import { type Global, readGlobal, readJob } from './scrape_job.ts';
import type { ConfigNotice, PrometheusConfig, ScrapeJob } from './types.ts';

/** `prometheus.yml` as people have it (prometheus.io/docs/prometheus/latest/configuration/configuration). */
const SECTIONS = ['runtime', 'alerting', 'storage', 'tracing', 'remote_write', 'remote_read', 'otlp'] as const;
const TOP = ['global', 'rule_files', 'scrape_config_files', 'scrape_configs', ...SECTIONS];
/** Accepted at the top and not acted upon. */
const NOT_USED = ['runtime', 'storage', 'tracing', 'remote_write', 'remote_read'];
/** A star only in the last part of a path (upstream's patRulePath). */
const FILE_GLOB = /^[^*]*(\*[^/]*)?$/;

/**
 * Reads a `prometheus.yml`. Throws ConfigFileError, whose message names the line.
 * @param directory of the file; what it names is relative to it
 */
export function parsePrometheusConfig(source: string, directory = '.'): PrometheusConfig {
  const notices: ConfigNotice[] = [];
  const top = record(parseYaml(source), TOP);
  const global = readGlobal(top.get('global'));
  const jobs = list(top.get('scrape_configs')).map((entry) => readJob(entry, global, notices, directory));
  refuseSameNames(list(top.get('scrape_configs')), jobs);
  const ruleFiles = globs(top.get('rule_files'), 'rule');
  const scrapeConfigFiles = globs(top.get('scrape_config_files'), 'scrape config');
  const alerting: FoundAlerting = { alertRelabel: [], alertmanagers: [], notices };
  const shapes = otherSections(global.scheme, alerting);
  for (const key of SECTIONS) {
    const value = top.get(key);
    if (value === undefined || isNull(value)) continue;
    shapes[key]?.(value);
  }
  for (const key of NOT_USED) {
    const value = top.get(key);
    if (value === undefined || isNull(value)) continue;
    notices.push({ line: value.line, message: `${key} is not used yet (line ${value.line})` });
  }
  return {
    jobs,
    evaluationIntervalMs: global.evaluationIntervalMs,
    ruleQueryOffsetMs: global.ruleQueryOffsetMs,
    externalLabels: global.externalLabels,
    ruleFiles,
    scrapeConfigFiles,
    alerting: { alertRelabel: alerting.alertRelabel, alertmanagers: alerting.alertmanagers },
    notices: notices.sort((a, b) => a.line - b.line),
  };
}

/**
 * Reads a file of `scrape_config_files`: jobs, under the defaults of the main file.
 * @param main text of the main file, for its `global`
 */
export function parseScrapeConfigFile(
  source: string,
  main: string,
  directory: string,
): { readonly jobs: readonly ScrapeJob[]; readonly notices: readonly ConfigNotice[] } {
  const global: Global = readGlobal(record(parseYaml(main), TOP).get('global'));
  const notices: ConfigNotice[] = [];
  const entries = list(record(parseYaml(source), ['scrape_configs']).get('scrape_configs'));
  const jobs = entries.map((entry) => readJob(entry, global, notices, directory));
  refuseSameNames(entries, jobs);
  return { jobs, notices };
}

function globs(value: YamlValue | undefined, what: string): string[] {
  for (const entry of list(value))
    if (!FILE_GLOB.test(text(entry))) throw fail(entry, `invalid ${what} file path ${JSON.stringify(text(entry))}`);
  return texts(value);
}

function refuseSameNames(values: readonly YamlValue[], jobs: readonly ScrapeJob[]): void {
  const seen = new Set<string>();
  for (const [i, entry] of values.entries()) {
    const name = jobs[i]?.name ?? '';
    if (seen.has(name))
      throw new ConfigFileError(entry.line, `found multiple scrape configs with job name ${JSON.stringify(name)}`);
    seen.add(name);
  }
}
