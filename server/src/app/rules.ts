import { dirname, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/telemetry/log.ts';
import { type Labels, labelsFrom, labelsToRecord } from '../model/labels.ts';
import { metricFeatures } from '../query/index.ts';
import { loadPrometheusConfig } from '../receive/scrape/index.ts';
import {
  createRuleManager,
  createTemplateExpander,
  type ExpandAlertTemplates,
  type LoadedRules,
  type LoadOptions,
  loadRules,
  type RuleGroup,
  type RuleManager,
  type RuleManagerOptions,
  type RulePorts,
  type RuleSource,
  ruleMetrics,
  rulesFingerprint,
} from '../rules/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';

export interface RulesOptions {
  readonly tenant: string;
  readonly config: AlertsConfig;
  /** Without a slash at the end. */
  readonly externalUrl: () => string;
  readonly clock: Clock;
  readonly ports: RulePorts;
  /** Groups that are not written as rules: what objectives become. */
  readonly others: OtherRules;
  readonly log: Logger;
}

/** What brings groups beside rule files. */
export interface OtherRules {
  /** Reads the files; nothing changes before `take`. */
  load(config: AlertsConfig, options: LoadOptions): LoadedRules & { readonly take: () => void };
  /** Differs when something has changed. */
  fingerprint(config: AlertsConfig): string;
}

/** The rules of the configuration, evaluated. */
export interface Rules {
  groups(): readonly RuleGroup[];
  /** What rules that are not loaded would be evaluated with. */
  surroundings(): RuleSurroundings;
  /** Rules and files that cannot be evaluated. */
  blind: RuleManager['blind'];
  /** The store can be asked. */
  begin(): void;
  /** Reads all files again. Throws Error when one cannot be used; then everything stays as it was. */
  reload(config: AlertsConfig): Promise<void>;
  /** In the text format, under upstream's names. */
  metrics(): string;
}

export interface RuleSurroundings {
  readonly load: LoadOptions;
  readonly externalLabels: Labels;
  readonly expand: ExpandAlertTemplates;
  /** Where an expression can be looked at. */
  readonly linkOf: RuleManagerOptions['linkOf'];
}

/** A changed rule file is taken up by itself within this time. */
const WATCH_MS = 10_000;

/** What `prometheus.yml` and our own configuration say about rules. */
interface Settings {
  readonly sources: readonly RuleSource[];
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly externalLabels: Labels;
}

const DEFAULT_INTERVAL_MS = 60_000;

/** Loads and evaluates rules. A file that cannot be used does not keep the others from being evaluated; it is told of. */
export function startRules(options: RulesOptions): Rules {
  const { tenant, ports, clock, externalUrl } = options;
  const log = options.log.child({ part: 'rules' });
  let { config } = options;
  let settings: Settings = { sources: [], intervalMs: DEFAULT_INTERVAL_MS, queryOffsetMs: 0, externalLabels: [] };
  let seen = '';
  const expanderOf = createExpanders();
  const linkOf: RuleManagerOptions['linkOf'] = (language, expr) => {
    const screen = `${externalUrl()}/explore/${language === 'promql' ? 'metrics' : 'logs'}`;
    return expr === '' ? screen : `${screen}?${new URLSearchParams({ q: expr })}`;
  };
  const manager = createRuleManager({
    tenant,
    ports,
    clock,
    expand: (templates) => expanderOf(externalUrl(), settings.externalLabels)(templates),
    externalLabels: () => settings.externalLabels,
    linkOf,
    elapsedMs: () => performance.now(),
    warn: (message, fields) => log.limited('WARN', message, 60, message, fields),
  });
  /** @param isStrict whether one broken file refuses all */
  const load = async (next: AlertsConfig, isStrict: boolean): Promise<void> => {
    const read = settingsOf(next);
    const promql = metricFeatures(next.enable_feature).parse;
    const written = loadRules(read.sources, { ...read, promql });
    const made = options.others.load(next, { ...read, promql });
    const groups = [...written.groups, ...made.groups];
    const broken = new Map([...written.broken, ...made.broken]);
    if (isStrict && broken.size > 0)
      throw new Error([...broken].map(([path, reason]) => `${path}: ${reason}`).join('\n'));
    for (const [path, reason] of broken) log.error(`${path}: ${reason}`);
    made.take();
    config = next;
    settings = read;
    seen = fingerprint(config, options.others);
    await manager.update(groups, broken);
    if (groups.length > 0) log.info('rules read', { groups: groups.length, broken: broken.size });
  };
  /** One configuration after the other. */
  let loading = load(config, false).catch((error: unknown) => log.error('rules cannot be read', { error }));
  const watch = (): void => {
    clock.at(clock.nowMs() + WATCH_MS, watch);
    const now = fingerprint(config, options.others);
    if (now === seen) return;
    seen = now;
    loading = loading
      .then(() => load(config, true))
      .catch((error: unknown) => log.error('changed rules cannot be used; those of before stay', { error }));
  };
  clock.at(clock.nowMs() + WATCH_MS, watch);
  return {
    groups: () => manager.groups(),
    surroundings: () => ({
      load: { ...settings, promql: metricFeatures(config.enable_feature).parse },
      externalLabels: settings.externalLabels,
      expand: expanderOf(externalUrl(), settings.externalLabels),
      linkOf,
    }),
    blind: () => manager.blind(),
    begin: () => void loading.then(() => manager.begin()),
    reload(next) {
      const reloading = loading.then(() => load(next, true));
      loading = reloading.catch((error: unknown) => log.error('rules cannot be used; those of before stay', { error }));
      return reloading;
    },
    metrics: () => ruleMetrics(manager.groups(), manager.blind().length),
  };
}

/** One expander for equal surroundings: it remembers templates that it has parsed. */
function createExpanders(): (externalUrl: string, externalLabels: Labels) => ExpandAlertTemplates {
  let made: { readonly url: string; readonly labels: Labels; readonly expand: ExpandAlertTemplates } | undefined;
  return (url, labels) => {
    if (made?.url !== url || made.labels !== labels) {
      const externalLabels = new Map(Object.entries(labelsToRecord(labels)));
      made = { url, labels, expand: createTemplateExpander({ externalUrl: url, externalLabels }) };
    }
    return made.expand;
  };
}

/** Changes with any rule file; with files of `prometheus.yml` that cannot be read it says so. */
function fingerprint(config: AlertsConfig, others: OtherRules): string {
  try {
    const { sources, ...rest } = settingsOf(config);
    return JSON.stringify([rest, rulesFingerprint(sources), others.fingerprint(config)]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Throws PrometheusConfigError. */
function settingsOf({ prometheus_config: path, rules }: AlertsConfig): Settings {
  const own: readonly RuleSource[] = [
    { language: 'promql', directory: '.', patterns: rules.files },
    { language: 'logql', directory: '.', patterns: rules.logql_files },
  ];
  if (path === undefined)
    return { sources: own, intervalMs: DEFAULT_INTERVAL_MS, queryOffsetMs: 0, externalLabels: [] };
  const { ruleFiles, evaluationIntervalMs, ruleQueryOffsetMs, externalLabels } = loadPrometheusConfig(path);
  return {
    sources: [{ language: 'promql', directory: dirname(resolve(path)), patterns: ruleFiles }, ...own],
    intervalMs: evaluationIntervalMs,
    queryOffsetMs: ruleQueryOffsetMs,
    externalLabels: labelsFrom(Object.entries(externalLabels)),
  };
}
