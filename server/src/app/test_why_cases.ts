import type { WhyCause } from '@trilith/contract';
import type { Notification, Outcome } from '../alerting/index.ts';

type Answer = (notification: Notification, signal: AbortSignal) => Outcome | Promise<Outcome>;

/** What somebody can do on the way. */
export interface Deeds {
  readonly silence: (labels: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly acknowledge: (groupKey: string, person: string) => Promise<unknown>;
}

/** One staged case: what there is, when a page was missed, and what the cause is. Minutes count from the beginning. */
export interface Case {
  readonly name: string;
  readonly cause: WhyCause;
  /** The verdict's words. */
  readonly says: RegExp;
  readonly paged?: boolean;
  /** Samples every 15 s: the value at a minute, undefined for none. */
  readonly series?: readonly (readonly [
    labels: Readonly<Record<string, string>>,
    valueAt: (minute: number) => number | undefined,
  ])[];
  readonly rules?: string;
  readonly routing?: string;
  readonly onCall?: string;
  readonly answer?: Answer;
  /** What somebody does on the way. */
  readonly deed?: { readonly minute: number; readonly run: (deeds: Deeds) => Promise<unknown> };
  readonly unreadable?: ReadonlyMap<string, string>;
  readonly minute?: number;
  readonly ask?: {
    readonly alert?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly receiver?: string;
  };
}

const API = { __name__: 'errors', job: 'api', service: 'a' };
const always = (value: number) => (): number => value;
const rulesOf = (expr: string, more = ''): string => `
groups:
  - name: g
    interval: 15s${more}
    rules:
      - {alert: HighErrors, expr: '${expr}', for: 5m, labels: {severity: page}}`;
export const RULES = rulesOf('errors{job="api"} > 5');
const routingOf = (more: string): string => `
route: {receiver: team, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h${more}
receivers: [{name: team, webhook_configs: [{url: 'http://team'}]}, {name: db, webhook_configs: [{url: 'http://db'}]}, {name: nobody}]`;
export const ROUTING = routingOf('}');
const fails =
  (error: string, status: number, retry: boolean): Answer =>
  () => ({ error, status, retry, providerId: '' });

export const CASES: readonly Case[] = [
  { name: 'nobody sends the metric', cause: 'metric-absent', says: /There is no metric errors/ },
  {
    name: 'the metric has other labels than the rule asks for',
    ...{ cause: 'labels-mismatch', says: /metric errors exists, but no series of it matches errors\{job="api"\}/ },
    series: [[{ ...API, job: 'web' }, always(9)]],
  },
  {
    name: 'the service asked about has no series',
    ...{ cause: 'labels-mismatch', says: /exist with service a, none with service="b"/ },
    series: [[API, always(2)]],
    ask: { labels: { service: 'b' } },
  },
  {
    name: 'the target is down',
    ...{ cause: 'target-down', says: /its target is down \(up\{job="api"\} is 0\)/ },
    series: [
      [API, (minute) => (minute < 10 ? 1 : undefined)],
      [{ __name__: 'up', job: 'api' }, (minute) => (minute < 10 ? 1 : 0)],
    ],
  },
  {
    name: 'the series has ended',
    ...{ cause: 'series-ended', says: /existed within the last day and have ended/ },
    series: [[API, (minute) => (minute < 10 ? 9 : undefined)]],
    rules: rulesOf('errors{job="api"} > 50'),
  },
  {
    name: 'the value was below the threshold',
    ...{ cause: 'below-threshold', says: /value of errors\{job="api"\} was 3, and the rule asks for > 5/ },
    series: [[API, always(3)]],
  },
  {
    name: 'another condition of the rule did not hold',
    ...{ cause: 'below-threshold', says: /value of traffic was 50, and the rule asks for > 100/ },
    rules: rulesOf('errors{job="api"} > 5 and on() traffic > 100'),
    series: [
      [API, always(9)],
      [{ __name__: 'traffic' }, always(50)],
    ],
  },
  {
    name: 'the rule excepts this',
    ...{ cause: 'condition-unmet', says: /"unless" takes it away: maintenance gives something/ },
    rules: rulesOf('errors{job="api"} > 5 unless on() maintenance'),
    series: [
      [API, always(9)],
      [{ __name__: 'maintenance' }, always(1)],
    ],
  },
  {
    name: 'the condition had not held for long enough',
    ...{ cause: 'for-not-reached', says: /had held for 2m\d*s? of the 5m it asks for/ },
    series: [[API, (minute) => (minute >= 27.5 ? 9 : 1)]],
  },
  {
    name: 'the condition held once, too shortly',
    ...{ cause: 'for-not-reached', says: /held for 2m\d*s? of the 5m it asks for, from .* to / },
    series: [[API, (minute) => (minute >= 10 && minute < 12 ? 9 : 1)]],
  },
  {
    name: 'the condition came and went',
    ...{ cause: 'flapped', says: /came and went [45] times, and never held for longer than 3m of the 5m/ },
    series: [[API, (minute) => (minute % 6 < 3 ? 9 : 1)]],
  },
  {
    name: 'it was silenced',
    ...{ cause: 'silenced', says: /silenced by silence \S+ of anna until .* \(deploy\) from / },
    series: [[API, always(9)]],
    deed: { minute: 1, run: ({ silence }) => silence({ alertname: 'HighErrors' }) },
  },
  {
    name: 'another alert inhibited it',
    ...{ cause: 'inhibited', says: /inhibited by the alert/ },
    rules: `${RULES}\n      - {alert: Outage, expr: 'vector(1)'}`,
    routing: `${ROUTING}\ninhibit_rules: [{source_matchers: [alertname="Outage"], target_matchers: [alertname="HighErrors"]}]`,
    series: [[API, always(9)]],
  },
  {
    name: 'its route was muted',
    ...{ cause: 'muted', says: /muted by the time interval mondays/ },
    routing: `${routingOf(`, routes: [{matchers: [severity="page"], mute_time_intervals: [mondays]}]}`)}\ntime_intervals: [{name: mondays, time_intervals: [{weekdays: [monday]}]}]`,
    series: [[API, always(9)]],
  },
  {
    name: 'its route was not active',
    ...{ cause: 'inactive', says: /outside its active time interval sundays/ },
    routing: `${routingOf(`, routes: [{matchers: [severity="page"], active_time_intervals: [sundays]}]}`)}\ntime_intervals: [{name: sundays, time_intervals: [{weekdays: [sunday]}]}]`,
    series: [[API, always(9)]],
  },
  {
    name: 'an earlier route took it and did not continue',
    ...{
      cause: 'wrong-route',
      says: /went to team, not to db: an earlier route takes it and does not continue: \{severity="page"\} to team/,
    },
    routing: routingOf(
      ', routes: [{matchers: [severity="page"], receiver: team}, {matchers: [severity=~"page|warn"], receiver: db}]}',
    ),
    series: [[API, always(9)]],
    ask: { receiver: 'db' },
  },
  {
    name: 'the route to the receiver asks for another label',
    ...{ cause: 'wrong-route', says: /the route to it asks for \{team="db"\}, and the alert is \{.*severity="page"/ },
    routing: routingOf(', routes: [{matchers: [severity="page", team="db"], receiver: db}]}'),
    series: [[API, always(9)]],
    ask: { receiver: 'db' },
  },
  {
    name: 'it went to a receiver without integrations',
    ...{ cause: 'route-empty', says: /routed to nobody, which has no integrations/ },
    routing: routingOf(', routes: [{matchers: [severity="page"], receiver: nobody}]}'),
    series: [[API, always(9)]],
  },
  {
    name: 'the receiver refused it',
    ...{
      cause: 'receiver-refused',
      says: /team \(webhook\[0\]\) did not take it in \S+ attempts?: status 404, channel_not_found/,
    },
    series: [[API, always(9)]],
    answer: fails('channel_not_found', 404, false),
    minute: 10,
  },
  {
    name: 'the receiver failed',
    ...{ cause: 'receiver-failing', says: /did not take it in \d+ attempts: status 503, unexpected status code 503/ },
    series: [[API, always(9)]],
    answer: fails('unexpected status code 503', 503, true),
    minute: 10,
  },
  {
    name: 'the receiver could not be found',
    ...{ cause: 'receiver-unreachable', says: /getaddrinfo ENOTFOUND hooks/ },
    series: [[API, always(9)]],
    answer: fails('getaddrinfo ENOTFOUND hooks', 0, true),
    minute: 10,
  },
  {
    name: 'the receiver did not answer',
    ...{ cause: 'receiver-timeout', says: /no answer within/ },
    series: [[API, always(9)]],
    answer: () => new Promise(() => undefined),
    minute: 10,
  },
  {
    name: 'another receiver took it, the one asked about did not',
    ...{
      cause: 'receiver-failing',
      says: /The receiver db \(webhook\[0\]\) did not take it in \d+ attempts: status 500/,
    },
    routing: routingOf(', routes: [{matchers: [severity="page"], receiver: team, continue: true}, {receiver: db}]}'),
    series: [[API, always(9)]],
    answer: ({ receiver }) =>
      receiver === 'db'
        ? { error: 'unexpected status code 500', status: 500, retry: true, providerId: '' }
        : { status: 200, retry: false, providerId: '' },
    minute: 10,
    ask: { receiver: 'db' },
  },
  {
    name: 'the notification’s template is broken',
    ...{ cause: 'template-error', says: /template: :1:3: executing/ },
    series: [[API, always(9)]],
    answer: fails('template: :1:3: executing "" at <.Nothing>: no such field', 0, false),
    minute: 10,
  },
  {
    name: 'nobody was on call',
    ...{ cause: 'nobody-on-call', says: /nobody is on call in schedule weekends/ },
    routing: `
route: {receiver: on-call, group_wait: 30s}
receivers: [{name: on-call, on_call_configs: [{policy: main}]}, {name: anna, webhook_configs: [{url: 'http://anna'}]}]`,
    onCall: `
people: {anna: {receivers: [anna]}}
schedules:
  weekends: {layers: [{people: [anna], start: 2026-01-01, hours: [{days: [saturday, sunday]}]}]}
policies: {main: {steps: [{notify: ["schedule:weekends"]}]}}`,
    series: [[API, always(9)]],
    minute: 10,
  },
  {
    name: 'its group waited for more alerts',
    ...{ cause: 'group-wait', says: /waits 30s for more alerts before it is told \(group_wait\)/ },
    series: [[API, always(9)]],
    minute: 5.5,
  },
  {
    name: 'it joined a group that had just been told',
    ...{ cause: 'grouped', says: /joined a group that had been told at .*: new alerts of it are told 5m apart/ },
    series: [
      [API, always(9)],
      [{ ...API, service: 'b' }, (minute) => (minute >= 1.5 ? 9 : 1)],
    ],
    minute: 8,
    ask: { labels: { service: 'b' } },
  },
  {
    name: 'it had been told, and is not repeated yet',
    ...{
      cause: 'grouped',
      says: /paged at .* \(team\), 54m\d*s? earlier; it is told again 4h after that/,
      paged: true,
    },
    series: [[API, always(9)]],
    minute: 60,
  },
  {
    name: 'somebody had acknowledged it',
    ...{
      cause: 'acknowledged',
      says: /paged at .* and anna acknowledged it at .*: since then nobody is told again/,
      paged: true,
    },
    series: [[API, always(9)]],
    deed: { minute: 8, run: ({ acknowledge }) => acknowledge('{}:{alertname="HighErrors"}', 'anna') },
    minute: 40,
  },
  {
    name: 'the rule made more alerts than its limit',
    ...{ cause: 'limit-exceeded', says: /could not be evaluated since .*: exceeded limit of 1 with 2 alerts/ },
    rules: rulesOf('errors{job="api"} > 5', '\n    limit: 1'),
    series: [
      [API, always(9)],
      [{ ...API, service: 'b' }, always(9)],
    ],
  },
  {
    name: 'the rule could not be evaluated',
    ...{ cause: 'evaluation-failing', says: /could not be evaluated since .*: .*many-to-many/ },
    rules: rulesOf('errors{job="api"} / on(job) errors{job="api"} > 0'),
    series: [
      [API, always(9)],
      [{ ...API, service: 'b' }, always(9)],
    ],
  },
  {
    name: 'no such rule is loaded',
    ...{ cause: 'rule-not-loaded', says: /no rule named HighError is loaded; there are HighErrors/i },
    ask: { alert: 'HighError' },
  },
  {
    name: 'the file of the rule cannot be used',
    ...{ cause: 'rule-broken', says: /rule file extra.yml cannot be used: 3:5: could not parse expression/ },
    unreadable: new Map([['extra.yml', '3:5: could not parse expression']]),
    ask: { alert: 'InExtra' },
  },
  {
    name: 'it did page',
    ...{ cause: 'paged', says: /paged at .*: team \(webhook\[0\]\) took it at attempt 1/, paged: true },
    series: [[API, always(9)]],
    minute: 8,
  },
];
