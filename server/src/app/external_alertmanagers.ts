import { dirname, resolve } from 'node:path';
import { QUEUE_CAPACITY } from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import { type Alert, DRILL_LABEL } from '../model/alert.ts';
import { labelValue } from '../model/labels.ts';
import {
  type AlertingSection,
  compileRelabel,
  configFingerprint,
  loadPrometheusConfig,
} from '../receive/scrape/index.ts';
import { type AlertmanagerSet, relabelled, type SendCounters, startAlertmanagerSet } from './alertmanager_set.ts';
import type { AlertsConfig } from './alerts_messages.ts';

export interface ExternalAlertmanagersOptions {
  readonly config: AlertsConfig;
  readonly clock: Clock;
  readonly registry: MetricsRegistry;
  readonly log: Logger;
}

/** Alertmanagers of `prometheus.yml`: alerts of rules go to them as a Prometheus server sends them. */
export interface ExternalAlertmanagers {
  /** Never throws and never waits. Alerts that a drill made are not told to anybody outside. */
  put(alerts: readonly Alert[]): void;
  /** Addresses alerts are sent to, and those that relabelling dropped. */
  found(): { readonly active: readonly string[]; readonly dropped: readonly string[] };
  /** Reads the file anew; one that cannot be used changes nothing: whoever reads its rules says so. */
  reload(config: AlertsConfig): void;
  stop(): Promise<void>;
}

/** A changed file is taken up by itself within this time, ms. */
const WATCH_MS = 10_000;

export function startExternalAlertmanagers(options: ExternalAlertmanagersOptions): ExternalAlertmanagers {
  const { clock, registry } = options;
  const log = options.log.child({ part: 'external-alertmanagers' });
  const counters: SendCounters = {
    sent: registry.counter('prometheus_notifications_sent_total', 'Alerts that Alertmanagers outside have taken.'),
    errors: registry.counter('prometheus_notifications_errors_total', 'Alerts in attempts that failed.'),
    dropped: registry.counter(
      'prometheus_notifications_dropped_total',
      'Alerts that were given up: refused for good, or too many waited.',
    ),
  };
  let config = options.config;
  let seen = '';
  let sets: AlertmanagerSet[] = [];
  let alertRelabel = compileRelabel([]);
  const apply = ({ alertRelabel: rules, alertmanagers }: AlertingSection, directory: string): void => {
    const before = sets;
    alertRelabel = compileRelabel(rules);
    // What an address has not taken goes on waiting for it.
    const left = new Map(before.flatMap((set) => set.queues()));
    sets = alertmanagers.map((targets) => startAlertmanagerSet({ targets, directory, clock, log, counters, left }));
    for (const set of before) void set.stop();
  };
  const read = (): void => {
    const path = config.prometheus_config;
    seen = path === undefined ? '' : configFingerprint(path);
    try {
      if (path === undefined) apply({ alertRelabel: [], alertmanagers: [] }, '.');
      else apply(loadPrometheusConfig(path).alerting, dirname(resolve(path)));
    } catch (error) {
      log.error('Alertmanagers of prometheus.yml cannot be read; those of before stay', { error });
    }
  };
  read();
  let cancelWatch = (): void => undefined;
  const watch = (): void => {
    cancelWatch = clock.at(clock.nowMs() + WATCH_MS, watch);
    const path = config.prometheus_config;
    if (path !== undefined && configFingerprint(path) !== seen) read();
  };
  watch();
  const urls = (): Set<string> => new Set(sets.flatMap((set) => set.queues().map(([url]) => url)));
  registry.observed('gauge', 'prometheus_notifications_queue_length', 'Alerts that wait to be sent.', () =>
    sets.flatMap((set) => set.queues()).reduce((sum, [, alerts]) => sum + alerts.length, 0),
  );
  registry.observed(
    'gauge',
    'prometheus_notifications_queue_capacity',
    'Alerts that may wait for one Alertmanager.',
    () => QUEUE_CAPACITY,
  );
  registry.observed(
    'gauge',
    'prometheus_notifications_alertmanagers_discovered',
    'Alertmanagers outside that alerts of rules are sent to.',
    () => urls().size,
  );
  return {
    put(alerts) {
      if (sets.length === 0) return;
      const wanted = relabelled(
        alerts.filter(({ labels }) => labelValue(labels, DRILL_LABEL) === ''),
        alertRelabel,
      );
      if (wanted.length > 0) for (const set of sets) set.put(wanted);
    },
    found: () => ({ active: [...urls()], dropped: sets.flatMap((set) => set.dropped()) }),
    reload(next) {
      config = next;
      read();
    },
    async stop() {
      cancelWatch();
      await Promise.all(sets.map((set) => set.stop()));
    },
  };
}
