import { type Alertmanager, compareAlerts, compareLabels, type HeldAlert, isResolved } from '../../alerting/index.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../base/http.ts';
import { labelsFrom } from '../../model/labels.ts';
import { type AlertStatus, listResponse, writeAlert, writeLabels, writeList, writeReceiver } from './alert_json.ts';
import { readAlerts } from './body.ts';
import { flag, matchers, receiverMatchers, receiverPattern, satisfies } from './parameters.ts';

/** `POST /alerts`: takes what is valid, and names what is not. */
export function postAlerts({ body }: HttpRequest, alertmanager: Alertmanager): HttpResponse {
  const problems = alertmanager.tell(readAlerts(body));
  return problems.length === 0 ? { status: 200 } : jsonResponse(400, problems.join('\n'));
}

/** Whether an alert is asked for, with its status; undefined when it is not (api.alertFilter). */
function alertFilter(
  query: URLSearchParams,
  alertmanager: Alertmanager,
  nowMs: number,
): (alert: HeldAlert) => AlertStatus | undefined {
  const filter = matchers(query, 'filter');
  const [active, silenced, inhibited] = [flag(query, 'active'), flag(query, 'silenced'), flag(query, 'inhibited')];
  return (alert) => {
    if (isResolved(alert, nowMs) || !satisfies(filter, alert.labels)) return undefined;
    const status = alertmanager.suppressedBy(alert.labels);
    const isActive = status.silencedBy.length + status.inhibitedBy.length === 0;
    if (!active && isActive) return undefined;
    if (!silenced && status.silencedBy.length > 0) return undefined;
    return !inhibited && status.inhibitedBy.length > 0 ? undefined : status;
  };
}

/** Which receivers are asked for, by name and by labels. */
function receiverFilter(query: URLSearchParams, { config }: Alertmanager): (receiver: string) => boolean {
  const named = receiverPattern(query);
  const labelled = receiverMatchers(query);
  return (receiver) => {
    if (!named(receiver)) return false;
    if (labelled.length === 0) return true;
    const found = config.receivers.get(receiver);
    return found !== undefined && satisfies(labelled, labelsFrom(found.labels));
  };
}

/** `GET /alerts`, by fingerprint. */
export function getAlerts({ query }: HttpRequest, alertmanager: Alertmanager, nowMs: number): HttpResponse {
  const wanted = alertFilter(query, alertmanager, nowMs);
  const wantsReceiver = receiverFilter(query, alertmanager);
  const found: { readonly alert: HeldAlert; readonly status: AlertStatus; readonly receivers: readonly string[] }[] =
    [];
  for (const alert of alertmanager.alerts()) {
    const status = wanted(alert);
    if (status === undefined) continue;
    const receivers = alertmanager.routesOf(alert.labels).map(({ receiver }) => receiver);
    if (receivers.some(wantsReceiver)) found.push({ alert, status, receivers });
  }
  found.sort((a, b) => compare(a.alert.fingerprint, b.alert.fingerprint));
  return listResponse(found, (json, { alert, status, receivers }) => writeAlert(json, alert, status, receivers, []));
}

/** `GET /alerts/groups`: as alerts are told together, by labels and receiver. */
export function getAlertGroups({ query }: HttpRequest, alertmanager: Alertmanager, nowMs: number): HttpResponse {
  const wanted = alertFilter(query, alertmanager, nowMs);
  const wantsReceiver = receiverFilter(query, alertmanager);
  const muted = flag(query, 'muted');
  const receiversOf = new Map<string, string[]>();
  const groups = alertmanager
    .groups()
    .filter(({ route }) => wantsReceiver(route.receiver))
    .map((group) => {
      const alerts = [...group.alerts.values()].flatMap((alert) => {
        const status = wanted(alert);
        return status === undefined ? [] : [{ alert, status }];
      });
      for (const { alert } of alerts) {
        const receivers = receiversOf.get(alert.fingerprint);
        if (receivers === undefined) receiversOf.set(alert.fingerprint, [group.route.receiver]);
        else receivers.push(group.route.receiver);
      }
      return { group, alerts: alerts.sort((a, b) => compareAlerts(a.alert, b.alert)) };
    })
    .filter(({ group, alerts }) => alerts.length > 0 && (muted || group.mutedBy.length === 0))
    .sort(
      (a, b) =>
        compareLabels(a.group.labels, b.group.labels) || compare(a.group.route.receiver, b.group.route.receiver),
    );
  for (const receivers of receiversOf.values()) receivers.sort();
  return listResponse(groups, (json, { group: { labels, mutedBy, route }, alerts }) => {
    json.raw('{"alerts":[');
    writeList(json, alerts, (_, { alert, status }) =>
      writeAlert(json, alert, status, receiversOf.get(alert.fingerprint) ?? [], mutedBy),
    );
    json.raw('],"labels":');
    writeLabels(json, labels);
    json.raw(',"receiver":');
    writeReceiver(json, route.receiver);
    json.raw('}');
  });
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
