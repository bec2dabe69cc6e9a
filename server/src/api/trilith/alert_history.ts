import type { AlertHistoryAnswer, NoiseReport } from '@trilith/contract';
import { type HttpRequest, jsonResponse, type Route } from '../../base/http.ts';
import { alertHistory, noiseReport, type ReceiverPerson, type WhyPorts, why } from '../../ledger/index.ts';
import type { AlertEvent } from '../../model/alert_event.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import { RequestError, wholeNumber } from './respond.ts';
import { answered } from './state_requests.ts';

/** What answers about the past of alerts are made from, for each tenant. */
export interface AlertHistorySource {
  readonly portsOf: (tenant: string) => WhyPorts;
  /** People by the receivers that reach them. */
  readonly people: () => ReadonlyMap<string, ReceiverPerson>;
  readonly nowMs: () => number;
}

const DAY_MS = 86_400_000;
const MAX_RANGE_MS = 400 * DAY_MS;
/** Events one answer is made from. */
const MOST_EVENTS = 50_000;
const LABEL = 'label.';
/** Alerts that went through the groups of one page. */
const MOST_IN_GROUP = 1_000;

/** `GET /api/alerts/history`, `/api/alerts/noise` and `/api/alerts/why`. */
export function alertHistoryRoutes(source: AlertHistorySource): Route[] {
  const get = (path: string, answer: (request: HttpRequest) => Promise<object>): Route => ({
    method: 'GET',
    path,
    handler: (request) => answered(request, async () => jsonResponse(200, await answer(request))),
  });
  return [
    get('/api/alerts/history', (request) => historyOf(request, source)),
    get('/api/alerts/noise', (request) => noiseOf(request, source)),
    get('/api/alerts/why', (request) => whyOf(request, source)),
  ];
}

async function historyOf(request: HttpRequest, source: AlertHistorySource): Promise<AlertHistoryAnswer> {
  const range = rangeOf(request, source.nowMs(), DAY_MS);
  const alert = request.query.get('alert') ?? '';
  const ports = source.portsOf(request.tenant);
  const events = await ports.events({ ...range, limit: MOST_EVENTS, ...(alert === '' ? {} : { alert }) });
  const withResponses = alert === '' ? events : await addResponses(events, range, ports);
  return { ...alertHistory(withResponses, labelsOf(request)), truncated: events.length >= MOST_EVENTS };
}

/** What people did is noted of groups, not of alerts. */
async function addResponses(
  events: readonly AlertEvent[],
  range: { readonly fromMs: number; readonly toMs: number },
  ports: WhyPorts,
): Promise<readonly AlertEvent[]> {
  const keys = [...new Set(events.flatMap((event) => (event.kind === 'routed' ? [event.groupKey] : [])))];
  const found = await Promise.all(
    keys.slice(0, 100).map((groupKey) => ports.events({ ...range, groupKey, kinds: ['response'], limit: 1_000 })),
  );
  const rest = events.filter((event) => event.kind !== 'response' || !keys.includes(event.groupKey));
  return [...rest, ...found.flat()].sort((a, b) => a.timeMs - b.timeMs);
}

async function noiseOf(request: HttpRequest, source: AlertHistorySource): Promise<NoiseReport> {
  const asked = rangeOf(request, source.nowMs(), 30 * DAY_MS);
  // What fires is not counted into the future.
  const range = { ...asked, toMs: Math.max(asked.fromMs + 1, Math.min(asked.toMs, source.nowMs())) };
  const kinds = ['state', 'attempt', 'response'] as const;
  const events = await source.portsOf(request.tenant).events({ ...range, kinds, limit: MOST_EVENTS });
  const report = noiseReport(events, { ...range, people: source.people(), zone: 'UTC' });
  return { ...report, truncated: events.length >= MOST_EVENTS };
}

async function whyOf(request: HttpRequest, source: AlertHistorySource): Promise<object> {
  const ports = source.portsOf(request.tenant);
  const atMs = wholeNumber(request, 'at', source.nowMs());
  const sinceMs = wholeNumber(request, 'since', Math.max(0, atMs - DAY_MS));
  if (sinceMs >= atMs) throw new RequestError(400, 'bad_request', 'since must be before at');
  const labels = labelsOf(request);
  const receiver = request.query.get('receiver') ?? '';
  const asked = { atMs, sinceMs, ...(receiver === '' ? {} : { receiver }) };
  const alert = request.query.get('alert') ?? '';
  if (alert !== '') return why({ alert, labels, ...asked }, ports);
  const groupKey = request.query.get('groupKey') ?? '';
  if (groupKey === '') throw new RequestError(400, 'bad_request', 'the parameter alert or groupKey is missing');
  const routed = await ports.events({
    ...{ fromMs: sinceMs, toMs: atMs, groupKey, kinds: ['routed'], limit: MOST_IN_GROUP },
  });
  const last = routed.findLast((event) => event.kind === 'routed');
  if (last === undefined)
    throw new RequestError(404, 'not_found', `no alert went through the group ${groupKey} in this time`);
  const names = new Map(
    Array.from({ length: last.labels.length / 2 }, (_, i) => [last.labels[i * 2], last.labels[i * 2 + 1]]),
  );
  return why({ alert: names.get('alertname') ?? '', labels: last.labels, ...asked }, ports);
}

/** Throws RequestError. */
function rangeOf(request: HttpRequest, nowMs: number, lengthMs: number): { fromMs: number; toMs: number } {
  const toMs = wholeNumber(request, 'to', nowMs);
  const fromMs = wholeNumber(request, 'from', Math.max(0, toMs - lengthMs));
  if (fromMs >= toMs) throw new RequestError(400, 'bad_request', 'from must be before to');
  if (toMs - fromMs > MAX_RANGE_MS) throw new RequestError(400, 'bad_request', 'the range is longer than 400 days');
  return { fromMs, toMs };
}

/** `label.team=payments` and so on. */
function labelsOf({ query }: HttpRequest): Labels {
  return labelsFrom(
    [...query].filter(([name]) => name.startsWith(LABEL)).map(([name, value]) => [name.slice(LABEL.length), value]),
  );
}
