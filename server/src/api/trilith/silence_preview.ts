import type { SilencePreview } from '@trilith/contract';
import { type Alertmanager, isResolved, type LabelMatcher, matchesAll } from '../../alerting/index.ts';
import { jsonResponse, type Route } from '../../base/http.ts';
import type { WhyPorts } from '../../ledger/index.ts';
import { DRILL_LABEL } from '../../model/alert.ts';
import { labelsKey, labelsToRecord, labelValue } from '../../model/labels.ts';
import { filtersOf } from './alerts_now.ts';
import { RequestError } from './respond.ts';
import { answered } from './state_requests.ts';

export interface SilencePreviewSource {
  readonly of: (tenant: string) => Alertmanager;
  readonly portsOf: (tenant: string) => Pick<WhyPorts, 'events'>;
  readonly nowMs: () => number;
}

const WEEK_MS = 7 * 86_400_000;
const MOST_EVENTS = 50_000;
const LISTED = { alerts: 50, names: 20 } as const;

/** `GET /api/alerts/silences/preview`: what a silence would keep from being told. Nothing is made. */
export function silencePreviewRoutes({ of, portsOf, nowMs }: SilencePreviewSource): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/alerts/silences/preview',
      handler: (request) =>
        answered(request, async () => {
          const filters = filtersOf(request);
          if (filters.length === 0) throw new RequestError(400, 'bad_request', 'the parameter filter is missing');
          const toMs = nowMs();
          const now = affectedNow(of(request.tenant), filters, toMs);
          const week = await affectedWithin({ fromMs: toMs - WEEK_MS, toMs }, filters, portsOf(request.tenant));
          return jsonResponse(200, { now, week } satisfies SilencePreview);
        }),
    },
  ];
}

function affectedNow(
  alertmanager: Alertmanager,
  filters: readonly LabelMatcher[],
  nowMs: number,
): SilencePreview['now'] {
  const found = [...alertmanager.alerts()].filter(
    (alert) => !isResolved(alert, nowMs) && matchesAll(filters, alert.labels),
  );
  return {
    count: found.length,
    alerts: found.slice(0, LISTED.alerts).map(({ labels, startsAtMs }) => ({
      labels: labelsToRecord(labels),
      startsAtMs,
      receivers: [...new Set(alertmanager.routesOf(labels).map(({ receiver }) => receiver))],
    })),
  };
}

async function affectedWithin(
  range: { readonly fromMs: number; readonly toMs: number },
  filters: readonly LabelMatcher[],
  ports: Pick<WhyPorts, 'events'>,
): Promise<SilencePreview['week']> {
  const events = await ports.events({ ...range, kinds: ['state'], limit: MOST_EVENTS });
  const alerts = new Set<string>();
  const byName = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== 'state' || event.to !== 'firing' || event.from === 'firing') continue;
    if (labelValue(event.labels, DRILL_LABEL) !== '' || !matchesAll(filters, event.labels)) continue;
    const name = labelValue(event.labels, 'alertname');
    alerts.add(labelsKey(event.labels));
    byName.set(name, (byName.get(name) ?? 0) + 1);
  }
  return {
    firings: [...byName.values()].reduce((sum, one) => sum + one, 0),
    alerts: alerts.size,
    names: [...byName]
      .map(([alert, firings]) => ({ alert, firings }))
      .sort((a, b) => b.firings - a.firings || (a.alert < b.alert ? -1 : 1))
      .slice(0, LISTED.names),
    truncated: events.length >= MOST_EVENTS,
  };
}
