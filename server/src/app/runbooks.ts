import type { RunbookAnswer, RunbookLink } from '@trilith/contract';
import { fingerprintOf, isResolved } from '../alerting/index.ts';
import { runbookRoutes } from '../api/trilith/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Route } from '../base/http.ts';
import { createOutbound } from '../base/outbound.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { ProvableRule } from '../drills/index.ts';
import type { Alert } from '../model/alert.ts';
import { labelsToRecord, labelValue } from '../model/labels.ts';
import type { RuleGroup } from '../rules/index.ts';
import {
  addressesElsewhere,
  countDeadLinks,
  createLinkCheck,
  EMPTY_LIBRARY,
  findRunbook,
  type RuleWithRunbook,
  type RunbookPlaces,
  type RunbookSources,
  readLibrary,
  runbookAt,
  runbookOfRule,
  runbooksAnswerOf,
} from '../runbooks/index.ts';
import type { AlertsConfig } from './alerts_messages.ts';
import type { WhyOptions } from './why_ports.ts';

export interface RunbooksOptions extends Pick<WhyOptions, 'tenant' | 'alertmanager' | 'events'> {
  readonly config: AlertsConfig;
  /** Without a slash at the end. */
  readonly externalUrl: () => string;
  readonly clock: Clock;
  readonly registry: MetricsRegistry;
  readonly rules: Pick<WhyOptions['rules'], 'groups'>;
  readonly log: Logger;
}

/** The folder of runbooks, kept in step with its files, and who leads to it. */
export interface Runbooks {
  readonly routes: readonly Route[];
  /** What a notification or a page outside links to: with our own address, opened for that alert; empty for none. */
  addressOf(alert: Pick<Alert, 'labels' | 'annotations'>): string;
  /** The runbook of a rule and whether it opens. Never rejects. */
  ofRule(
    rule: Pick<ProvableRule, 'name' | 'annotations'>,
  ): Promise<{ address: string; opens: boolean | null; error: string }>;
  /** Whether an address opens, also of a page of ours: empty when it does, else why not. Never rejects. */
  opens(address: string): Promise<string>;
  reload(config: AlertsConfig): Promise<void>;
}

/** A changed file is taken up by itself within this time, ms. */
const WATCH_MS = 10_000;
const DAY_MS = 86_400_000;
/** How long after an alert its labels still fill the queries of its runbook. */
const REMEMBERED_MS = 30 * DAY_MS;
const MOST_EVENTS = 20_000;

/** Starts with an empty folder; its files are there a moment later. */
export function startRunbooks(options: RunbooksOptions): Runbooks {
  const { tenant, clock, registry } = options;
  const log = options.log.child({ part: 'runbooks' });
  let settings = options.config.runbooks;
  let library = EMPTY_LIBRARY;
  const checks = registry.counters(
    'trilith_runbook_link_checks_total',
    'Links of runbooks and rules that were tried.',
    {
      outcome: ['opens', 'dead'],
    },
  );
  const links = createLinkCheck({
    outbound: createOutbound({ allowPrivate: true }),
    clock,
    addresses: () => addressesElsewhere(sources()),
    asked: (opens) => checks.with({ outcome: opens ? 'opens' : 'dead' }).inc(),
  });
  const places = (): RunbookPlaces => ({ library, baseUrls: settings.base_urls, known: links.known });
  const sources = (): RunbookSources => ({
    ...places(),
    isConfigured: settings.directory !== undefined,
    rules: options.rules.groups().flatMap(alertingRules),
    checkedMs: links.checkedMs(),
  });
  registerMetrics(registry, sources);
  const read = async (): Promise<void> => {
    const { directory } = settings;
    const before = library;
    library = directory === undefined ? EMPTY_LIBRARY : await readLibrary(directory, before);
    if (library === before) return;
    if (library.problem !== '') log.error('runbooks cannot be read', { problem: library.problem });
    for (const [name, error] of library.broken) log.error('a runbook cannot be read', { name, error });
    log.info('runbooks read', { runbooks: library.runbooks.size, images: library.images.size });
  };
  /** One reading after the other. */
  let reading = Promise.resolve();
  const inTurn = (): Promise<void> => {
    reading = reading.then(read);
    return reading;
  };
  const watch = (): void => {
    clock.at(clock.nowMs() + WATCH_MS, watch);
    void inTurn();
  };
  watch();
  links.schedule(settings.check_links);
  const linkOf = (alert: Pick<Alert, 'labels' | 'annotations'>): RunbookLink | undefined =>
    findRunbook(
      {
        alertname: labelValue(alert.labels, 'alertname'),
        annotations: new Map(Object.entries(labelsToRecord(alert.annotations))),
      },
      places(),
    );
  return {
    routes: runbookRoutes({
      tenant,
      sources,
      alerts: (of) => options.alertmanager(of).alerts(),
      linkOf,
      alertOf: (fingerprint, runbook) => knownAlert(fingerprint, runbook, sources(), options),
    }),
    addressOf(alert) {
      const link = linkOf(alert);
      if (link === undefined || link.name === '') return link?.href ?? '';
      const base = options.externalUrl();
      const [page = '', heading] = link.href.split('#');
      const opened = `${base}${page}?alert=${fingerprintOf(alert.labels)}`;
      return base === '' ? '' : heading === undefined ? opened : `${opened}#${heading}`;
    },
    async opens(address) {
      const ours = `${options.externalUrl()}/runbooks/`;
      if (!address.startsWith(ours)) return links.opens(address);
      const [name = ''] = address.slice(ours.length).split(/[?#]/);
      const path = decodedPath(name);
      return path === undefined || runbookAt(path, library) === undefined ? `there is no runbook ${path ?? name}` : '';
    },
    async ofRule(rule) {
      const link = runbookOfRule(rule, places());
      if (link === undefined) return { address: '', opens: null, error: '' };
      if (link.name !== '' || link.href === '')
        return { address: link.href || link.title, opens: link.opens, error: link.error };
      const error = await links.opens(link.href);
      return { address: link.href, opens: error === '', error };
    },
    reload({ runbooks }) {
      settings = runbooks;
      links.schedule(settings.check_links);
      return inTurn();
    },
  };
}

/** Undefined for what is not percent-encoded as it has to be. */
function decodedPath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    // Nothing is lost: no page is served under it.
    return undefined;
  }
}

function alertingRules({ definition: { file, name: group, rules } }: RuleGroup): RuleWithRunbook[] {
  return rules.flatMap(({ kind, name, labels, annotations }) =>
    kind === 'alert' ? [{ file, group, name, labels, annotations }] : [],
  );
}

function registerMetrics(registry: MetricsRegistry, sources: () => RunbookSources): void {
  registry.observed('gauge', 'trilith_runbooks', 'Runbooks of the folder.', () => sources().library.runbooks.size);
  registry.observed(
    'gauge',
    'trilith_runbook_dead_links',
    'Links of runbooks, and runbooks that rules name, that lead nowhere.',
    () => countDeadLinks(runbooksAnswerOf(sources())),
  );
  registry.observed(
    'gauge',
    'trilith_rules_without_runbook',
    'Alerting rules that no runbook is found for.',
    () => runbooksAnswerOf(sources()).rules.filter(({ runbook }) => runbook === null).length,
  );
}

/** An alert that is held; else one of the ledger, of an alert that leads to this runbook. */
async function knownAlert(
  fingerprint: string,
  runbook: string,
  sources: RunbookSources,
  { tenant, alertmanager, events, clock }: RunbooksOptions,
): Promise<RunbookAnswer['alert']> {
  const nowMs = clock.nowMs();
  for (const alert of alertmanager(tenant).alerts()) {
    if (alert.fingerprint !== fingerprint) continue;
    const { labels, annotations, startsAtMs } = alert;
    return {
      ...{ fingerprint, startsAtMs, firing: !isResolved(alert, nowMs) },
      labels: labelsToRecord(labels),
      annotations: labelsToRecord(annotations),
    };
  }
  const names = sources.rules.filter((rule) => runbookOfRule(rule, sources)?.name === runbook).map(({ name }) => name);
  for (const alert of new Set(names)) {
    const range = { fromMs: nowMs - REMEMBERED_MS, toMs: nowMs };
    const found = await events(tenant, { ...range, kinds: ['state'], alert, limit: MOST_EVENTS });
    const own = found.findLast(
      (event) => event.kind === 'state' && event.to === 'firing' && fingerprintOf(event.labels) === fingerprint,
    );
    if (own?.kind === 'state')
      return {
        fingerprint,
        labels: labelsToRecord(own.labels),
        annotations: {},
        startsAtMs: own.timeMs,
        firing: false,
      };
  }
  return null;
}
