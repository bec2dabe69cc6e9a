import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { alertmanagerRoutes } from '../api/alertmanager/index.ts';
import { lokiRuleRoutes } from '../api/loki/index.ts';
import { alertmanagersRoutes, prometheusRuleRoutes } from '../api/prometheus/index.ts';
import {
  alertHistoryRoutes,
  alertRouteRoutes,
  alertsNowRoutes,
  backtestRoutes,
  proofRoutes,
  silencePreviewRoutes,
} from '../api/trilith/index.ts';
import { systemClock } from '../base/clock.ts';
import type { HttpRequest, Route } from '../base/http.ts';
import { createRouter } from '../base/router.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { createMetricsRegistry } from '../base/telemetry/metrics.ts';
import { type Answer, serveCalls } from '../base/worker_calls.ts';
import { firingAt } from '../ledger/index.ts';
import { hasFailed, type RuleGroup } from '../rules/index.ts';
import { type Connection, connectReader, type StoreReader } from '../store/index.ts';
import { PRINCIPAL_HEADER } from './alert_paths.ts';
import { createAlertVersions } from './alert_versions.ts';
import { startAlerting } from './alerting.ts';
import { createAlertingStages } from './alerting_stages.ts';
import type { AlertsCall, AlertsNotice, AlertsWorkerData } from './alerts_messages.ts';
import { createMainThread } from './alerts_ports.ts';
import { startDrills } from './drills.ts';
import { startExternalAlertmanagers } from './external_alertmanagers.ts';
import { startEvidence, startReceiverChecks } from './notifications.ts';
import { startOnCall } from './on_call.ts';
import { proofPorts } from './proof_ports.ts';
import type { QueryAnswer } from './query_messages.ts';
import { startRules } from './rules.ts';
import { startRunbooks } from './runbooks.ts';
import { startSlo } from './slo.ts';
import { storedEvents, type WhyOptions, whyPorts } from './why_ports.ts';

/**
 * The alerts worker: rules are evaluated and alerts are routed here, away from where data comes in and from where people
 * ask. What it needs of the rest goes through `main`.
 */
const started = workerData as AlertsWorkerData;
/** Files of the configuration are this tenant's. */
const TENANT = 'trilith';

const main = createMainThread();
const log = createLogger({
  service: 'trilith',
  level: started.level,
  // The main thread writes it.
  write: () => undefined,
  sinks: [(record) => main.log(record)],
});
const metrics = createMetricsRegistry();
let externalUrl = started.externalUrl;
/** Of the store, once it can be asked. */
let reader: StoreReader | undefined;

const evidence = startEvidence({
  tenant: TENANT,
  data: started.config.data,
  externalUrl: () => externalUrl,
  clock: systemClock,
  registry: metrics,
  get: main.get,
  runbookOf: (alert) => runbooks.addressOf(alert),
});

const alerting = startAlerting({
  tenant: TENANT,
  config: started.config,
  externalUrl: () => externalUrl,
  clock: systemClock,
  records: main.records,
  note: (tenant, events) => drills.note(tenant, events),
  acknowledgedBy: (groupKey, labels) => onCall.acknowledgedBy(groupKey, labels),
  services: {
    acknowledgeUrl: (notification) => onCall.services.acknowledgeUrl(notification),
    page: (policy) => onCall.services.page(policy),
    evidence: (notification, signal) => drills.seeing(evidence.evidence)(notification, signal),
  },
  destinationOf: (notification) => drills.destinationOf(notification),
  log,
  registry: metrics,
});

const authorOf = ({ headers }: HttpRequest): string => headers[PRINCIPAL_HEADER] ?? '';
const onCall = startOnCall({
  tenant: TENANT,
  config: started.config,
  externalUrl: () => externalUrl,
  clock: systemClock,
  records: main.records,
  note: (tenant, events) => drills.note(tenant, events),
  alertmanager: () => alerting.of(TENANT),
  integrationsOf: alerting.integrationsOf,
  runbookOf: (alert) => runbooks.addressOf(alert),
  authorOf,
  log,
});

const drills = startDrills({
  tenant: TENANT,
  config: started.config,
  clock: systemClock,
  records: main.records,
  note: main.note,
  alerting,
  rules: () => rules,
  evaluate: main.evaluate,
  slo: () => slo,
  opens: (address) => runbooks.opens(address),
  authorOf,
  log,
  registry: metrics,
});

const slo = startSlo({
  tenant: TENANT,
  config: started.config,
  version: started.version,
  clock: systemClock,
  records: main.records,
  range: main.range,
  keep: main.keepFacts,
  reader: () => reader,
  authorOf,
});

const external = startExternalAlertmanagers({ config: started.config, clock: systemClock, registry: metrics, log });

const rules = startRules({
  tenant: TENANT,
  config: started.config,
  externalUrl: () => externalUrl,
  clock: systemClock,
  ports: {
    evaluate: main.evaluate,
    append: main.append,
    lastSamples: main.lastSamples,
    ...drills.ofRules({
      note: main.note,
      alerts(tenant, alerts) {
        alerting.put(tenant, alerts);
        external.put(alerts);
      },
    }),
    restored: alerting.restored,
    firingAt: (tenant, name, timeMs) =>
      firingAt((selection) => storedEvents(() => reader, main.flushLedger)(tenant, selection), name, timeMs),
  },
  others: slo,
  log,
});

const receiverChecks = startReceiverChecks({
  tenant: TENANT,
  config: started.config,
  alerting,
  clock: systemClock,
  registry: metrics,
  note: main.note,
  broken: createAlertingStages({ tenant: TENANT, clock: systemClock, rules, reader: () => reader }),
  log,
});

/** Rules are those of the tenant that the configuration is for; others have none. */
const allRules = { groups: (tenant: string) => (tenant === TENANT ? rules.groups() : []) };
const isLogQL = ({ definition }: RuleGroup): boolean => definition.rules.some(({ language }) => language === 'logql');
const logRules = { groups: (tenant: string) => allRules.groups(tenant).filter(isLogQL) };

const aboutAlerts: WhyOptions = {
  tenant: TENANT,
  rules,
  alertmanager: alerting.of,
  evaluate: main.evaluate,
  events: storedEvents(() => reader, main.flushLedger),
  configurationAt: (timeMs) => versions.at(timeMs),
};
/** Rules and routes as they were. */
const versions = createAlertVersions({
  tenant: TENANT,
  records: main.records,
  clock: systemClock,
  log,
  rules: () => whyPorts(aboutAlerts)(TENANT).rules(),
  routing: () => whyPorts(aboutAlerts)(TENANT).routing(),
});

const runbooks = startRunbooks({
  ...aboutAlerts,
  config: started.config,
  externalUrl: () => externalUrl,
  clock: systemClock,
  registry: metrics,
  log,
});

const routes: readonly Route[] = [
  ...prometheusRuleRoutes(allRules),
  ...alertmanagersRoutes((tenant) => (tenant === TENANT ? external.found() : { active: [], dropped: [] })),
  ...prometheusRuleRoutes(logRules, ['/loki/prometheus/api/v1']),
  ...lokiRuleRoutes(logRules),
  ...alertmanagerRoutes({
    of: alerting.of,
    nowMs: systemClock.nowMs,
    version: started.version,
    startedMs: Date.now(),
    authorOf,
  }),
  ...alertsNowRoutes({
    of: alerting.of,
    people: onCall.people,
    escalationOf: onCall.outlook,
    nowMs: systemClock.nowMs,
  }),
  ...silencePreviewRoutes({ of: alerting.of, portsOf: whyPorts(aboutAlerts), nowMs: systemClock.nowMs }),
  ...alertRouteRoutes({ of: alerting.of, nowMs: systemClock.nowMs }),
  ...onCall.routes,
  ...slo.routes,
  ...runbooks.routes,
  ...drills.routes,
  ...evidence.routes,
  ...receiverChecks.routes,
  ...backtestRoutes({
    tenant: TENANT,
    nowMs: systemClock.nowMs,
    groups: () => rules.groups().map(({ definition }) => definition),
    surroundings: rules.surroundings,
    alertmanager: () => alerting.of(TENANT).config,
    ports: {
      range: (query) => main.range(TENANT, query),
      async instant(expr, timeMs) {
        const [answer] = await main.evaluate(TENANT, [{ language: 'promql', expr }], timeMs);
        if (answer === undefined || hasFailed(answer)) throw new Error(answer?.error ?? 'the query was not answered');
        return answer;
      },
    },
  }),
  ...proofRoutes({
    portsOf: proofPorts({ ...aboutAlerts, runbookOf: runbooks.ofRule, reachOf: onCall.reach }),
    nowMs: systemClock.nowMs,
  }),
  ...alertHistoryRoutes({
    portsOf: whyPorts(aboutAlerts),
    people: onCall.people,
    nowMs: systemClock.nowMs,
  }),
];
const router = createRouter(routes);

async function respond(call: Extract<AlertsCall, { kind: 'http' }>, signal: AbortSignal): Promise<QueryAnswer> {
  const match = router.match(call.method, call.path);
  if (match === null) return null;
  const request = { ...call, query: new URLSearchParams(call.query), params: match.params, signal };
  const { status, headers = {}, body = '' } = await match.route.handler(request);
  return { status, headers, body: typeof body === 'string' ? body : new Uint8Array(body) };
}

async function answer(call: AlertsCall, signal: AbortSignal): Promise<Answer<QueryAnswer | string>> {
  switch (call.kind) {
    case 'http':
      return { value: await respond(call, signal), transfer: [] };
    case 'reload':
      await Promise.all([
        rules.reload(call.config),
        alerting.reload(call.config),
        onCall.reload(call.config),
        runbooks.reload(call.config),
      ]);
      receiverChecks.reload(call.config);
      drills.reload(call.config);
      external.reload(call.config);
      return { value: null, transfer: [] };
    case 'metrics':
      return { value: metrics.render() + rules.metrics(), transfer: [] };
  }
}

function hear(notice: AlertsNotice): void {
  switch (notice.kind) {
    case 'connect':
      main.connect(notice.port);
      break;
    case 'ready':
      reader = connectReader(notice.connection as Connection);
      onCall.begin();
      rules.begin();
      versions.begin();
      slo.begin();
      drills.begin();
      receiverChecks.begin();
      break;
    case 'listening':
      externalUrl = notice.externalUrl;
  }
}

serveCalls<AlertsCall, QueryAnswer | string, AlertsNotice>(parentPort as MessagePort, answer, hear);
