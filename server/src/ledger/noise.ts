import type { NoiseReport } from '@trilith/contract';
import { wallClockOf } from '../base/time_zone.ts';
import { DRILL_LABEL, HEARTBEAT_ALERT, TEST_LABEL } from '../model/alert.ts';
import type { AlertEvent, AttemptEvent, ResponseEvent } from '../model/alert_event.ts';
import { type Labels, labelsKey, labelValue } from '../model/labels.ts';
import { type StateTimeline, stateTimelines } from './state_timeline.ts';

/** Whom a receiver reaches, and where that person lives. */
export interface ReceiverPerson {
  readonly id: string;
  readonly name: string;
  /** IANA zone. */
  readonly zone: string;
}

export interface NoiseOptions {
  readonly fromMs: number;
  readonly toMs: number;
  /** People by the receivers that reach them. */
  readonly people: ReadonlyMap<string, ReceiverPerson>;
  /** Nights of pages to nobody in particular. */
  readonly zone: string;
}

/** One telling of a group that something fires, whatever took it. */
interface Page {
  readonly timeMs: number;
  readonly groupKey: string;
  readonly receivers: ReadonlySet<string>;
  readonly alerts: ReadonlySet<string>;
}

const NIGHT_FROM_HOUR = 23;
const NIGHT_TO_HOUR = 7;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Integrations of a group are told within this: one page. */
const SAME_PAGE_MS = 30_000;
/** Shorter firings, and ones that come back within the time after, are flaps. */
const SHORT_MS = 5 * 60_000;
const BACK_WITHIN_MS = HOUR_MS;
/** Something was done about a page if it was done within this. */
const ACTED_WITHIN_MS = DAY_MS;
const TOGETHER_SHARE = 0.9;
const TOGETHER_PAGES = 3;
/** Short firings from which on a longer `for` is worth a thought. */
const SUGGESTED_FROM = 3;

/** Which rules page whom, and what of it came to nothing. What a drill made is in no figure, nor are tests and heartbeats. */
export function noiseReport(events: readonly AlertEvent[], options: NoiseOptions): Omit<NoiseReport, 'truncated'> {
  const pages = pagesOf(events);
  const responses = events.filter((event) => event.kind === 'response');
  const acts = Map.groupBy(responses, ({ groupKey }) => groupKey);
  const timelines = Map.groupBy(
    stateTimelines(events).filter(({ labels }) => !isDrill(labels)),
    ({ rule }) => rule.rule,
  );
  const pagesOfAlert = new Map<string, Page[]>();
  for (const page of pages)
    for (const alert of page.alerts) {
      const known = pagesOfAlert.get(alert);
      if (known === undefined) pagesOfAlert.set(alert, [page]);
      else known.push(page);
    }
  return {
    fromMs: options.fromMs,
    toMs: options.toMs,
    pages: pages.length,
    rules: [...new Set([...pagesOfAlert.keys(), ...timelines.keys()])]
      .map((alert) => {
        const own = { pages: pagesOfAlert.get(alert) ?? [], timelines: timelines.get(alert) ?? [] };
        return ofRule(alert, own, acts, options);
      })
      .filter((rule) => rule.pages > 0 || rule.flaps > 0)
      .sort((a, b) => b.pages - a.pages || (a.alert < b.alert ? -1 : 1)),
    people: ofPeople(pages, responses, options),
  };
}

/** Accepted attempts that told of something firing, those of one flush together. */
function pagesOf(events: readonly AlertEvent[]): Page[] {
  const pages: (Page & { readonly receivers: Set<string>; readonly alerts: Set<string>; readonly key: string })[] = [];
  const latest = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== 'attempt' || event.outcome !== 'accepted' || isOnCall(event)) continue;
    const firing = event.alerts.filter(({ labels, resolved }) => !resolved && !isDrill(labels) && !isCheck(labels));
    if (firing.length === 0) continue;
    const key = `${event.groupKey}\u0000${firing
      .map(({ labels }) => labelsKey(labels))
      .sort()
      .join('\u0001')}`;
    const at = latest.get(key);
    let page = at === undefined ? undefined : pages[at];
    if (page === undefined || event.timeMs - page.timeMs > SAME_PAGE_MS) {
      page = { timeMs: event.timeMs, groupKey: event.groupKey, receivers: new Set(), alerts: new Set(), key };
      latest.set(key, pages.push(page) - 1);
    }
    page.receivers.add(event.receiver);
    for (const { labels } of firing) page.alerts.add(labelValue(labels, 'alertname'));
  }
  return pages;
}

/** The pages of a policy are those of the people it tells. */
function isOnCall({ integration }: AttemptEvent): boolean {
  return integration.startsWith('on_call[');
}

function isDrill(labels: Labels): boolean {
  return labelValue(labels, DRILL_LABEL) !== '';
}

/** A test of a receiver or a heartbeat: nothing fires. */
function isCheck(labels: Labels): boolean {
  return labelValue(labels, TEST_LABEL) !== '' || labelValue(labels, 'alertname') === HEARTBEAT_ALERT;
}

function ofRule(
  alert: string,
  { pages, timelines }: { readonly pages: readonly Page[]; readonly timelines: readonly StateTimeline[] },
  acts: ReadonlyMap<string, readonly ResponseEvent[]>,
  options: NoiseOptions,
): NoiseReport['rules'][number] {
  const together = new Map<string, number>();
  for (const { alerts } of pages)
    for (const other of alerts) if (other !== alert) together.set(other, (together.get(other) ?? 0) + 1);
  const enough = Math.max(TOGETHER_PAGES, Math.ceil(pages.length * TOGETHER_SHARE));
  return {
    alert,
    pages: pages.length,
    neverActedOn: pages.filter((page) => !acts.get(page.groupKey)?.some((response) => acted(response, page))).length,
    flaps: timelines.reduce((sum, timeline) => sum + flapsOf(timeline), 0),
    raiseForMs: raiseForMs(timelines),
    nightPages: pages.filter((page) => isNight(page.timeMs, zoneOf(page, options))).length,
    firingMs: timelines.reduce((sum, timeline) => sum + firingMs(timeline, options), 0),
    alwaysWith: [...together]
      .filter(([, count]) => count >= enough)
      .map(([name]) => name)
      .sort(),
  };
}

function acted({ action, timeMs }: ResponseEvent, page: Page): boolean {
  const isAct = action === 'acknowledged' || action === 'assigned' || action === 'commented';
  return isAct && timeMs >= page.timeMs && timeMs - page.timeMs <= ACTED_WITHIN_MS;
}

function flapsOf({ stretches }: StateTimeline): number {
  const firings = stretches.filter(({ state }) => state === 'firing');
  return firings.filter(({ fromMs, toMs }, i) => {
    if (toMs === undefined) return false;
    const next = firings[i + 1];
    return toMs - fromMs < SHORT_MS || (next !== undefined && next.fromMs - toMs < BACK_WITHIN_MS);
  }).length;
}

/** The longest of the short firings in whole minutes: that much later none of them would have fired. */
function raiseForMs(timelines: readonly StateTimeline[]): number | null {
  const short = timelines
    .flatMap(({ stretches }) => stretches)
    .flatMap(({ state, fromMs, toMs }) => (state === 'firing' && toMs !== undefined ? [toMs - fromMs] : []))
    .filter((lastedMs) => lastedMs < SHORT_MS);
  return short.length < SUGGESTED_FROM ? null : Math.ceil(Math.max(...short) / MINUTE_MS) * MINUTE_MS;
}

function firingMs({ stretches }: StateTimeline, { fromMs, toMs }: NoiseOptions): number {
  return stretches
    .filter(({ state }) => state === 'firing')
    .reduce((sum, one) => sum + Math.max(0, Math.min(one.toMs ?? toMs, toMs) - Math.max(one.fromMs, fromMs)), 0);
}

function zoneOf({ receivers }: Page, { people, zone }: NoiseOptions): string {
  for (const receiver of receivers) {
    const person = people.get(receiver);
    if (person !== undefined) return person.zone;
  }
  return zone;
}

function isNight(timeMs: number, zone: string): boolean {
  const hour = Math.floor((wallClockOf(zone, timeMs) % DAY_MS) / HOUR_MS);
  return hour >= NIGHT_FROM_HOUR || hour < NIGHT_TO_HOUR;
}

function ofPeople(
  pages: readonly Page[],
  responses: readonly ResponseEvent[],
  options: NoiseOptions,
): NoiseReport['people'] {
  const byId = new Map([...options.people.values()].map((person) => [person.id, person]));
  const rows = [...byId.values()].map((person) => {
    const own = pages.filter(({ receivers }) =>
      [...receivers].some((one) => options.people.get(one)?.id === person.id),
    );
    const answers = responses.filter(
      ({ action, person: who }) => action === 'acknowledged' && (who === person.id || who === person.name),
    );
    const delays = answers.flatMap((answer) => {
      const page = pages.findLast(({ groupKey, timeMs }) => groupKey === answer.groupKey && timeMs <= answer.timeMs);
      return page === undefined ? [] : [answer.timeMs - page.timeMs];
    });
    return {
      person: person.id,
      name: person.name,
      pages: own.length,
      nightPages: own.filter(({ timeMs }) => isNight(timeMs, person.zone)).length,
      acknowledged: answers.length,
      medianAcknowledgeMs: delays.sort((a, b) => a - b)[Math.floor((delays.length - 1) / 2)] ?? null,
    };
  });
  return rows
    .filter(({ pages: count, acknowledged }) => count > 0 || acknowledged > 0)
    .sort((a, b) => b.pages - a.pages);
}
