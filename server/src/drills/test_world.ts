import assert from 'node:assert/strict';
import type { DrillRun } from '@trilith/contract';
import { createFakeClock } from '../base/clock.ts';
import { type Alert, DRILL_LABEL } from '../model/alert.ts';
import type { AlertEvent, AttemptEvent, HeldEvent } from '../model/alert_event.ts';
import { labelsFrom, labelValue } from '../model/labels.ts';
import type { GroupDefinition, RuleAnswer } from '../rules/index.ts';
import { parseDrills } from './drill_file.ts';
import { createDrills, type DrillsOptions } from './drills.ts';

/** The address that tests may tell. */
export const STUB = 'http://stub/took';

/** When the world begins, ms. */
export const START_MS = Date.UTC(2026, 0, 5, 12);
/** One second, ms. */
export const SECOND = 1_000;
/** How long the only route waits before it tells a receiver, ms. */
const GROUP_WAIT_MS = 5 * SECOND;

/** The rules that are loaded. */
const group: GroupDefinition = {
  file: 'rules.yml',
  name: 'payments',
  intervalMs: 15 * SECOND,
  queryOffsetMs: 0,
  limit: 0,
  rules: [
    {
      kind: 'record',
      name: 'job:errors:rate5m',
      language: 'promql',
      expr: 'sum by (job) (rate(errors_total[5m]))',
      forMs: 0,
      keepFiringForMs: 0,
      labels: new Map(),
      annotations: new Map(),
    },
    {
      kind: 'alert',
      name: 'Errors',
      language: 'promql',
      expr: 'job:errors:rate5m > 1',
      forMs: 600 * SECOND,
      keepFiringForMs: 0,
      labels: new Map([['severity', 'page']]),
      annotations: new Map([['summary', 'errors of {{ $labels.job }}']]),
    },
    {
      kind: 'alert',
      name: 'LogErrors',
      language: 'logql',
      expr: 'sum by (app) (count_over_time({app="pay"} |= "boom" [5m])) > 3',
      forMs: 0,
      keepFiringForMs: 0,
      labels: new Map([['severity', 'page']]),
      annotations: new Map(),
    },
  ],
};

/** How the world around a drill behaves; everything goes well where nothing is said. */
export interface World {
  readonly receiver?: string;
  readonly held?: HeldEvent['reason'];
  readonly attempt?: (n: number) => Pick<AttemptEvent, 'outcome' | 'status' | 'error'>;
  /** After the page, ms; nobody acknowledges without it. */
  readonly acknowledgedAfterMs?: number;
  readonly escalatedAfterMs?: number;
  readonly evidence?: { readonly runbookUrl: string; readonly pieces: readonly ('graph' | 'logs' | 'trace')[] };
  /** What the live expression gives at a time after the fault began, seconds; undefined: no series at all. */
  readonly live?: (seconds: number | undefined, faultOn: boolean) => number | undefined;
  readonly flip?: (url: string) => void;
  readonly noRoute?: boolean;
  /** Whether the record of a run can be written. */
  readonly keeps?: () => boolean;
}

/** Drills in a world of their own: a clock, an Alertmanager with one route and what a {@link World} says. */
export function startWorld(world: World = {}) {
  const clock = createFakeClock(START_MS);
  const kept = new Map<string, DrillRun>();
  const put: Alert[] = [];
  const ledger: AlertEvent[] = [];
  const switched: string[] = [];
  const excluded: { fromMs: number; toMs: number }[] = [];
  let faultOnMs: number | undefined;
  let own = 0;
  const receiver = world.receiver ?? 'team';
  const groupKey = '{}:{alertname="Errors"}';
  const told = new Map<string, boolean>();
  let attempts = 0;
  const hear = (...events: AlertEvent[]): void => drills.hear(events);
  const attempt = (alert: Alert, resolved: boolean): void => {
    const { outcome, status, error } = world.attempt?.(++attempts) ?? { outcome: 'accepted', status: 200, error: '' };
    const timeMs = clock.nowMs();
    const id = labelValue(alert.labels, DRILL_LABEL);
    if (!resolved)
      drills.hearEvidence(id, {
        runbookUrl: world.evidence?.runbookUrl ?? 'https://runbooks/errors',
        pieces: new Set(world.evidence?.pieces ?? ['graph', 'logs', 'trace']),
        late: new Set(['logs']),
      });
    const alerts = [{ labels: alert.labels, resolved }];
    const from = {
      kind: 'attempt',
      timeMs,
      groupKey,
      receiver,
      integration: 'webhook[0]',
      attempt: 1,
      latencyMs: 7,
    } as const;
    hear({ ...from, outcome, status, error, providerId: 'p1', alerts });
    if (outcome === 'retried') clock.at(timeMs + 10 * SECOND, () => attempt(alert, resolved));
    if (outcome !== 'accepted' || resolved) return;
    const respond = (afterMs: number, action: 'acknowledged' | 'escalated', person: string): void =>
      void clock.at(timeMs + afterMs, () =>
        hear({ kind: 'response', timeMs: clock.nowMs(), groupKey, action, person, note: 'step', labels: [] }),
      );
    respond(0, 'escalated', 'anna');
    if (world.escalatedAfterMs !== undefined) respond(world.escalatedAfterMs, 'escalated', 'boris');
    if (world.acknowledgedAfterMs !== undefined) respond(world.acknowledgedAfterMs, 'acknowledged', 'anna');
  };
  const take = (alert: Alert): void => {
    const id = labelValue(alert.labels, DRILL_LABEL);
    put.push(alert);
    if (world.noRoute === true) return;
    const { labels } = alert;
    const isOver = alert.endsAtMs <= clock.nowMs();
    if (told.has(id) && !isOver) return;
    if (isOver && told.get(id) !== true) return;
    const event = { timeMs: clock.nowMs(), labels, groupKey, receiver };
    if (!isOver) hear({ kind: 'routed', route: [0], ...event });
    told.set(id, !isOver);
    clock.at(clock.nowMs() + GROUP_WAIT_MS, () => {
      if (world.held !== undefined) hear({ kind: 'held', reason: world.held, by: ['s1'], ...event });
      else attempt(alert, isOver);
    });
  };
  const options: DrillsOptions = {
    tenant: 'trilith',
    clock,
    records: {
      all: async () => new Map(kept),
      async put(_tenant, id, body) {
        if (world.keeps?.() === false) throw new Error('the disk is full');
        kept.set(id, structuredClone(body));
      },
    },
    groups: () => [group],
    features: () => ({
      experimentalFunctions: false,
      extendedRangeSelectors: false,
      durationExpressions: true,
      fillModifiers: false,
      delayedNameRemoval: false,
    }),
    expand: async ({ labels, annotations }) => ({ labels, annotations }),
    async evaluate(queries, timeMs) {
      const since = faultOnMs === undefined ? undefined : (timeMs - faultOnMs) / SECOND;
      const value = (world.live ?? ((_, on) => (on ? 5 : 0)))(since, faultOnMs !== undefined);
      return queries.map(({ expr }): RuleAnswer => {
        if (value === undefined) return [];
        const sample = { labels: labelsFrom([['job', 'pay']]), value };
        if (expr.startsWith('count(')) return [{ labels: [], value: 1 }];
        return expr.includes('>') && !(value > 1) ? [] : [sample];
      });
    },
    put: (alerts) => alerts.forEach(take),
    note: (events) => void ledger.push(...events),
    externalLabels: () => labelsFrom([['region', 'eu']]),
    linkOf: () => 'http://trilith/rule',
    ownAlerts: () => own,
    routesOf: () => [
      {
        path: [0],
        key: '{}/{severity="page"}',
        receiver,
        groupWaitMs: GROUP_WAIT_MS,
        groupIntervalMs: 10 * SECOND,
        integrations: [{ name: 'webhook[0]', sendResolved: true }],
      },
    ],
    heldText: ({ reason, by }) => `${reason} by ${by.join()}`,
    opens: async (address) => (address.includes('dead') ? 'it answers 404' : ''),
    async flip({ url }) {
      world.flip?.(url);
      switched.push(url);
      faultOnMs = url.endsWith('/on') ? clock.nowMs() : undefined;
    },
    mayTell: (url) => url === STUB,
    async exclude(fromMs, toMs) {
      const one = { fromMs, toMs };
      excluded.push(one);
      return async (endMs) => {
        one.toMs = endMs;
      };
    },
    onError: (message, error) => assert.fail(`${message}: ${String(error)}`),
  };
  const drills = createDrills(options);
  /** Lets virtual time go by: the clock stands still meanwhile. */
  const virtual = async (id = ''): Promise<void> => {
    for (;;) {
      const run = await drills.of(id);
      const waitsFor = run?.hops.find(({ deadlineMs }) => deadlineMs !== null)?.hop ?? '';
      if (run?.kind !== 'inject' || run.state !== 'running' || !VIRTUAL.has(waitsFor)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    clock,
    drills,
    kept,
    put,
    ledger,
    switched,
    excluded,
    setOwn: (count: number) => {
      own = count;
    },
    /** Runs a file's drills and gives the first run after so many seconds. */
    async run(text: string, seconds: number, trueTime = false): Promise<DrillRun> {
      const [first] = await drills.start(parseDrills(text), { trueTime, author: 'anna' });
      const endMs = clock.nowMs() + seconds * SECOND;
      for (await virtual(first?.id); clock.nowMs() < endMs; await virtual(first?.id))
        await clock.advanceTo(clock.nowMs() + SECOND);
      const run = kept.get(first?.id ?? '');
      assert.ok(run !== undefined);
      return run;
    },
  };
}

/** Hops that take no time where telemetry is injected. */
const VIRTUAL = new Set(['series', 'pending', 'firing', 'resolved']);
