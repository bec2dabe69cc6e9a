import type { AlertGroupNow, AlertNow, AlertsNowAnswer } from '@trilith/contract';
import {
  type Alertmanager,
  compareAlerts,
  type HeldAlert,
  isResolved,
  type LabelMatcher,
  MatcherError,
  matchesAll,
  mutedNow,
  parseMatcher,
} from '../../alerting/index.ts';
import { type HttpRequest, jsonResponse, type Route } from '../../base/http.ts';
import type { ReceiverPerson } from '../../ledger/index.ts';
import { labelsToRecord } from '../../model/labels.ts';
import type { EscalationOutlook } from '../../on_call/index.ts';
import { RequestError } from './respond.ts';
import { answered } from './state_requests.ts';

export interface AlertsNowSource {
  readonly of: (tenant: string) => Alertmanager;
  /** People by the receivers that reach them. */
  readonly people: () => ReadonlyMap<string, ReceiverPerson>;
  /** Who is asked about a group by an escalation policy; `beginsMs`: when it is told first. */
  readonly escalationOf: (policy: string, groupKey: string, beginsMs: number) => EscalationOutlook;
  readonly nowMs: () => number;
}

type Group = ReturnType<Alertmanager['groups']>[number];

/** What one answer lists; `count` counts everything. */
const LISTED = { groups: 300, alerts: 50 } as const;
const MAX_MATCHERS = 64;

/** `GET /api/alerts/now`. */
export function alertsNowRoutes(source: AlertsNowSource): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/alerts/now',
      handler: (request) => answered(request, async () => jsonResponse(200, alertsNow(request, source))),
    },
  ];
}

/** The matchers of the parameters `filter`. Throws RequestError. */
export function filtersOf({ query }: HttpRequest): LabelMatcher[] {
  const written = query.getAll('filter');
  if (written.length > MAX_MATCHERS) throw new RequestError(400, 'bad_request', `more than ${MAX_MATCHERS} filters`);
  try {
    return written.map(parseMatcher);
  } catch (error) {
    if (error instanceof MatcherError) throw new RequestError(400, 'bad_request', error.message, { cause: error });
    throw error;
  }
}

function alertsNow(request: HttpRequest, source: AlertsNowSource): AlertsNowAnswer {
  const alertmanager = source.of(request.tenant);
  const nowMs = source.nowMs();
  const filters = filtersOf(request);
  const text = (request.query.get('text') ?? '').trim().toLowerCase();
  const isWanted = (alert: HeldAlert): boolean =>
    !isResolved(alert, nowMs) && matchesAll(filters, alert.labels) && (text === '' || says(alert, text));
  const found = alertmanager.groups().flatMap((group) => {
    const alerts = [...group.alerts.values()].filter(isWanted);
    return alerts.length === 0 ? [] : [{ group, alerts, rank: rankOf(group, alerts, { alertmanager, nowMs }) }];
  });
  found.sort((a, b) => Number(b.rank.isTold) - Number(a.rank.isTold) || b.rank.sinceMs - a.rank.sinceMs);
  const context: Context = { ...source, alertmanager, now: nowMs };
  return {
    groups: found.slice(0, LISTED.groups).map(({ group, alerts }) => groupNow(group, alerts, context)),
    count: found.length,
  };
}

/** Whether a label or an annotation holds a text, which is in lower case. */
function says({ labels, annotations }: HeldAlert, text: string): boolean {
  const isIn = (one: string): boolean => one.toLowerCase().includes(text);
  return labels.some(isIn) || annotations.some(isIn);
}

function rankOf(
  { route }: Group,
  alerts: readonly HeldAlert[],
  { alertmanager, nowMs }: { readonly alertmanager: Alertmanager; readonly nowMs: number },
): { readonly isTold: boolean; readonly sinceMs: number } {
  const isMuted = mutedNow(route, nowMs, alertmanager.config.timeIntervals) !== undefined;
  const isHeld = ({ labels }: HeldAlert): boolean => {
    const { silencedBy, inhibitedBy } = alertmanager.suppressedBy(labels);
    return silencedBy.length + inhibitedBy.length > 0;
  };
  const sinceMs = alerts.reduce((latest, { startsAtMs }) => Math.max(latest, startsAtMs), 0);
  return { isTold: !isMuted && !alerts.every(isHeld), sinceMs };
}

interface Context extends AlertsNowSource {
  readonly alertmanager: Alertmanager;
  readonly now: number;
}

function groupNow(group: Group, alerts: readonly HeldAlert[], context: Context): AlertGroupNow {
  const { alertmanager, now } = context;
  const { route, key, labels } = group;
  const { integrations = [] } = alertmanager.config.receivers.get(route.receiver) ?? {};
  const told = alertmanager.toldOf(group);
  const toldMs = told.length === 0 ? null : Math.min(...told.map(({ timeMs }) => timeMs));
  const nextMs = alertmanager.nextFlushMs(group) ?? null;
  const isToldToAll = told.length === integrations.length && told.length > 0;
  const heard = told.map(({ firing }) => new Set(firing));
  return {
    groupKey: key,
    route: [...route.path],
    receiver: route.receiver,
    integrations: integrations.map(({ channel, index }) => `${channel}[${index}]`),
    ...askedAbout(group, nextMs ?? now, context),
    labels: labelsToRecord(labels),
    mutedBy: [...(mutedNow(route, now, alertmanager.config.timeIntervals)?.by ?? [])],
    nextMs,
    toldMs,
    repeatMs: toldMs === null ? null : toldMs + route.repeatIntervalMs,
    count: alerts.length,
    alerts: alerts
      .toSorted(compareAlerts)
      .slice(0, LISTED.alerts)
      .map((alert) => alertNow(alert, context, isToldToAll && heard.every((one) => one.has(alert.fingerprint)))),
  };
}

/** Whom the receiver of a group reaches: a person it is, and those its escalation policies ask. */
function askedAbout(
  { route, key }: Group,
  beginsMs: number,
  { alertmanager, people, escalationOf }: Context,
): Pick<AlertGroupNow, 'people' | 'escalation'> {
  const { integrations = [] } = alertmanager.config.receivers.get(route.receiver) ?? {};
  const person = people().get(route.receiver)?.name;
  const names = new Set(person === undefined ? [] : [person]);
  let escalation: AlertGroupNow['escalation'] = null;
  for (const { policy } of integrations) {
    if (policy === undefined) continue;
    const { asked, next, nextAtMs } = escalationOf(policy, key, beginsMs);
    for (const name of asked) names.add(name);
    if (nextAtMs !== null && nextAtMs < (escalation?.nextAtMs ?? Number.POSITIVE_INFINITY))
      escalation = { policy, next: [...next], nextAtMs };
  }
  return { people: [...names], escalation };
}

function alertNow(alert: HeldAlert, { alertmanager }: Context, told: boolean): AlertNow {
  const { fingerprint, labels, annotations, startsAtMs, generatorUrl } = alert;
  const { silencedBy, inhibitedBy } = alertmanager.suppressedBy(labels);
  return {
    fingerprint,
    labels: labelsToRecord(labels),
    annotations: labelsToRecord(annotations),
    startsAtMs,
    generatorUrl,
    silencedBy: [...silencedBy],
    inhibitedBy: [...inhibitedBy],
    told,
  };
}
