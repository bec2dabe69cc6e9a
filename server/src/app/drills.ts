import type { DrillRun } from '@trilith/contract';
import type { Evidence, Notification, NotifyServices } from '../alerting/index.ts';
import { drillRoutes } from '../api/trilith/index.ts';
import type { Clock } from '../base/clock.ts';
import type { HttpRequest, Route } from '../base/http.ts';
import { createOutbound } from '../base/outbound.ts';
import type { Logger } from '../base/telemetry/log.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import {
  createDrills,
  createFaultSwitch,
  type Destination,
  DRILL_RECORDS,
  type Drills,
  type EvidenceName,
  isAllowed,
} from '../drills/index.ts';
import { DRILL_LABEL } from '../model/alert.ts';
import type { HeldEvent, NoteAlertEvents } from '../model/alert_event.ts';
import { labelValue } from '../model/labels.ts';
import { metricFeatures } from '../query/index.ts';
import type { RulePorts } from '../rules/index.ts';
import type { Records, StateKind } from '../state/index.ts';
import type { Alerting } from './alerting.ts';
import type { AlertsConfig } from './alerts_messages.ts';
import type { Rules } from './rules.ts';
import type { Slo } from './slo.ts';

export interface DrillsOptions {
  readonly tenant: string;
  readonly config: AlertsConfig;
  readonly clock: Clock;
  readonly records: <Body>(kind: StateKind<Body>) => Records<Body>;
  /** Goes to the ledger. */
  readonly note: NoteAlertEvents;
  readonly alerting: Pick<Alerting, 'of'>;
  readonly rules: () => Pick<Rules, 'groups' | 'surroundings'>;
  readonly evaluate: RulePorts['evaluate'];
  readonly slo: () => Pick<Slo, 'exclude'>;
  /** Whether a runbook opens: empty when it does, else why not. Never rejects. */
  readonly opens: (address: string) => Promise<string>;
  readonly authorOf: (request: HttpRequest) => string;
  readonly log: Logger;
  readonly registry: MetricsRegistry;
}

/** Drills, and what of alerting goes past them. */
export interface RunningDrills {
  /** What happens to alerts goes to the ledger, and drills see theirs. */
  readonly note: NoteAlertEvents;
  /** Alerts and events of rules: those of a rule that a fault is switched on for are the drill's. */
  readonly ofRules: (ports: Pick<RulePorts, 'alerts' | 'note'>) => Pick<RulePorts, 'alerts' | 'note'>;
  /** The same evidence; drills see what their notifications carry. */
  readonly seeing: (evidence: NotifyServices['evidence']) => NotifyServices['evidence'];
  /** Who is told of a notification. */
  readonly destinationOf: (notification: Notification) => Destination;
  readonly routes: readonly Route[];
  /** The store can be asked. */
  begin(): void;
  reload(config: AlertsConfig): void;
}

const AUTHOR = 'drill';
const RETRY_MS = 1_000;

export function startDrills(options: DrillsOptions): RunningDrills {
  const { tenant, clock, alerting, rules, slo } = options;
  const log = options.log.child({ part: 'drills' });
  let { drills: settings, enable_feature: features } = options.config;
  const untold = options.registry.counter(
    'trilith_drill_notifications_untold_total',
    'Notifications with alerts of unknown drills only: nobody is told of them.',
  );
  const alertmanager = () => alerting.of(tenant);
  // Addresses of faults and stubs are the operator's own: the setting names them.
  const outbound = createOutbound({ allowPrivate: true });
  const note: NoteAlertEvents = (of, events) => {
    options.note(of, events);
    if (of === tenant) drills.hear(events);
  };
  const drills: Drills = createDrills({
    tenant,
    clock,
    records: options.records<DrillRun>(DRILL_RECORDS),
    put: (alerts) => alertmanager().put(alerts),
    groups: () =>
      rules()
        .groups()
        .map(({ definition }) => definition),
    expand: (templates) => rules().surroundings().expand(templates),
    evaluate: (queries, timeMs) => options.evaluate(tenant, queries, timeMs),
    note: (events) => options.note(tenant, events),
    features: () => {
      const { parse, delayedNameRemoval } = metricFeatures(features);
      return { ...parse, delayedNameRemoval };
    },
    externalLabels: () => rules().surroundings().externalLabels,
    linkOf: ({ language, expr }) => rules().surroundings().linkOf(language, expr),
    ownAlerts: ({ group, rule }) =>
      rules()
        .groups()
        .filter(({ definition }) => definition.file === group.file && definition.name === group.name)
        .flatMap((found) => found.rules.filter(({ definition }) => definition.name === rule.name))
        .reduce((sum, { active }) => sum + [...active.values()].filter(({ state }) => state !== 'inactive').length, 0),
    routesOf(labels) {
      const { config } = alertmanager();
      return alertmanager()
        .routesOf(labels)
        .map((route) => ({
          ...route,
          integrations: (config.receivers.get(route.receiver)?.integrations ?? []).map(
            ({ channel, index, sendResolved }) => ({ name: `${channel}[${index}]`, sendResolved }),
          ),
        }));
    },
    heldText: (event) => heldText(event, (id) => alertmanager().silences.get(id)?.comment),
    opens: options.opens,
    flip: createFaultSwitch(outbound, () => settings.allow),
    mayTell: (url) => isAllowed(url, settings.allow),
    exclude: (fromMs, toMs, reason) => slo().exclude(fromMs, toMs, reason, AUTHOR),
    onError: (message, error) => log.error(message, { error }),
  });
  const begin = (): void => {
    drills.begin().catch((error: unknown) => {
      log.limited('WARN', 'drills', 60, 'drills of before cannot be read yet', { error });
      clock.at(clock.nowMs() + RETRY_MS, begin);
    });
  };
  return {
    note,
    ofRules: (ports) => ({
      alerts: (of, alerts) => ports.alerts(of, of === tenant ? drills.marked(alerts) : alerts),
      note: (of, events) => ports.note(of, of === tenant ? drills.markedEvents(events) : events),
    }),
    seeing: (evidence) => async (notification, signal) => {
      const found = await evidence(notification, signal);
      const carried = { runbookUrl: found.runbookUrl, ...piecesOf(found) };
      for (const id of drillsIn(notification)) drills.hearEvidence(id, carried);
      return found;
    },
    destinationOf(notification) {
      // A page with an alert in earnest goes where it has to.
      if (notification.alerts.some(({ labels }) => labelValue(labels, DRILL_LABEL) === '')) return { to: 'receiver' };
      const ids = drillsIn(notification);
      const destination = drills.destinationOf(ids);
      if (destination.to === 'nobody') {
        untold.inc();
        log.limited('WARN', 'drills untold', 60, 'nobody is told of alerts of drills that are not known', {
          drills: ids.join(' '),
          receiver: notification.receiver,
        });
      }
      return destination;
    },
    routes: drillRoutes({
      tenant,
      drills,
      files: () => settings.files,
      groups: () =>
        rules()
          .groups()
          .map(({ definition }) => definition),
      authorOf: options.authorOf,
    }),
    begin,
    reload(config) {
      ({ drills: settings, enable_feature: features } = config);
    },
  };
}

/** Names of pieces in drill files, by their names among the counters. */
const PIECES = {
  graph: 'graph',
  log_lines: 'logs',
  trace: 'trace',
  patterns: 'patterns',
  changes: 'changes',
} as const satisfies Record<Evidence['late'][number], EvidenceName>;

function piecesOf(evidence: Evidence): { readonly pieces: Set<EvidenceName>; readonly late: Set<EvidenceName> } {
  const { graphUrl, graphPng, logLines, traceId, newPatterns, changes, late } = evidence;
  const found: Readonly<Record<EvidenceName, boolean>> = {
    graph: graphUrl !== '' || graphPng !== undefined,
    logs: logLines.length > 0,
    trace: traceId !== '',
    patterns: newPatterns.length > 0,
    changes: changes.length > 0,
  };
  const names = Object.values(PIECES);
  return {
    pieces: new Set(names.filter((name) => found[name])),
    late: new Set(late.map((piece) => PIECES[piece])),
  };
}

const drillsIn = ({ alerts }: Notification): readonly string[] =>
  [...new Set(alerts.map(({ labels }) => labelValue(labels, DRILL_LABEL)))].filter((id) => id !== '');

function heldText({ reason, by, receiver }: HeldEvent, commentOf: (silence: string) => string | undefined): string {
  const named = by.map((id) => (reason === 'silenced' ? `${id} (${commentOf(id) ?? 'gone'})` : id)).join(', ');
  switch (reason) {
    case 'silenced':
      return `it was held back from ${receiver} by the silence ${named}`;
    case 'inhibited':
      return `it was held back from ${receiver}: the alert ${named} inhibits it`;
    case 'muted':
      return `it was held back from ${receiver}: muted by the time interval ${named}`;
    case 'inactive':
      return `it was held back from ${receiver}: none of its active time intervals holds now (${named})`;
    case 'acknowledged':
      return `it was held back from ${receiver}: ${named} has acknowledged it`;
  }
}
