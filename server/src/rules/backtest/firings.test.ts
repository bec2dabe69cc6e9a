import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom, labelValue } from '../../model/labels.ts';
import type { GroupDefinition, RuleDefinition } from '../definition.ts';
import { createTemplateExpander } from '../expand_templates.ts';
import { backtestRule, type Firing, firingTimeMs, MOST_STEPS, type RangeQuery, type RangeSeries } from './firings.ts';

const MINUTE = 60_000;
const RULE: RuleDefinition = {
  kind: 'alert',
  name: 'High',
  language: 'promql',
  expr: 'load > 5',
  forMs: 2 * MINUTE,
  keepFiringForMs: 0,
  labels: new Map(),
  annotations: new Map(),
};
const GROUP: GroupDefinition = {
  file: '',
  name: 'g',
  intervalMs: MINUTE,
  queryOffsetMs: 0,
  limit: 0,
  rules: [RULE],
};
const START = 1_800_000_000_000;

/** Answers range queries out of stretches (ms since the start) in which a host's load is above the threshold. */
function history(stretches: readonly { readonly host: string; readonly fromMs: number; readonly toMs: number }[]) {
  const asked: RangeQuery[] = [];
  const range = async (query: RangeQuery): Promise<readonly RangeSeries[]> => {
    asked.push(query);
    const hosts = Map.groupBy(stretches, ({ host }) => host);
    return [...hosts].map(([host, own]) => {
      const times: number[] = [];
      for (let timeMs = query.startMs; timeMs <= query.endMs; timeMs += query.stepMs) {
        if (own.some(({ fromMs, toMs }) => timeMs >= START + fromMs && timeMs < START + toMs)) times.push(timeMs);
      }
      return { labels: labelsFrom([['host', host]]), times, values: times.map((_, i) => 6 + i) };
    });
  };
  return { asked, ports: { range, instant: async () => [] } };
}

const expand = createTemplateExpander({ externalLabels: new Map(), externalUrl: '' });
const always = (): boolean => true;

async function tested(
  stretches: Parameters<typeof history>[0],
  rule: Partial<RuleDefinition> = {},
  minutes = 24 * 60,
): Promise<readonly Firing[]> {
  const { ports } = history(stretches);
  const options = { ports, expand, fromMs: START, toMs: START + minutes * MINUTE, goOn: always };
  const { firings, error } = await backtestRule(GROUP, { ...RULE, ...rule }, options);
  assert.equal(error, '');
  return firings;
}

const minutesOf = ({ firedAtMs, resolvedAtMs }: Firing): number =>
  Math.round(((resolvedAtMs ?? Number.NaN) - firedAtMs) / MINUTE);

test('an alert fires when its condition has held as long as `for` says, and not when it holds shorter', async () => {
  const firings = await tested([
    { host: 'a', fromMs: 10 * MINUTE, toMs: 20 * MINUTE },
    { host: 'a', fromMs: 40 * MINUTE, toMs: 42 * MINUTE },
    { host: 'b', fromMs: 60 * MINUTE, toMs: 65 * MINUTE },
  ]);
  assert.deepEqual(
    firings.map((firing) => [labelValue(firing.labels, 'host'), minutesOf(firing)]),
    [
      ['a', 8],
      ['b', 3],
    ],
  );
  for (const { firedAtMs, activeAtMs } of firings) assert.equal(firedAtMs - activeAtMs, RULE.forMs);
});

test('keep_firing_for joins what a short gap would part', async () => {
  const gap = [
    { host: 'a', fromMs: 10 * MINUTE, toMs: 20 * MINUTE },
    { host: 'a', fromMs: 23 * MINUTE, toMs: 30 * MINUTE },
  ];
  assert.equal((await tested(gap)).length, 2);
  assert.deepEqual((await tested(gap, { keepFiringForMs: 5 * MINUTE })).map(minutesOf), [23]);
});

test('what fires at the edges of the range is known: it began before, it ends after', async () => {
  const [before, after] = await tested([
    { host: 'a', fromMs: -60 * MINUTE, toMs: 10 * MINUTE },
    { host: 'b', fromMs: 1_400 * MINUTE, toMs: 2_000 * MINUTE },
  ]);
  assert.ok((before?.firedAtMs ?? Infinity) <= START + MINUTE);
  assert.equal(after?.resolvedAtMs, undefined);
  assert.equal(firingTimeMs([before as Firing, after as Firing], START, START + 1_440 * MINUTE) < 60 * MINUTE, true);
});

test('labels that are templates tell alerts apart; annotations are those of the moment it fired', async () => {
  const [firing] = await tested([{ host: 'a', fromMs: 0, toMs: 30 * MINUTE }], {
    forMs: 0,
    labels: new Map([['owner', 'team-{{ $labels.host }}']]),
    annotations: new Map([['summary', '{{ $labels.host }} at {{ $value }}']]),
  });
  assert.equal(labelValue(firing?.labels ?? [], 'owner'), 'team-a');
  assert.match(labelValue(firing?.annotations ?? [], 'summary'), /^a at \d+$/);
});

test('a long range is read in few queries, and with longer steps where it would be too many', async () => {
  const year = 365 * 24 * 60;
  const { asked, ports } = history([]);
  const options = { ports, expand, fromMs: START, toMs: START + year * MINUTE, goOn: always };
  const { stepMs } = await backtestRule(GROUP, RULE, options);
  assert.ok((year * MINUTE) / stepMs <= MOST_STEPS);
  assert.ok(asked.length < 60, `${asked.length} queries`);
  const steps = new Set<number>();
  for (const { startMs, endMs, stepMs: step } of asked)
    for (let t = startMs; t <= endMs; t += step) {
      assert.ok(!steps.has(t), 'no step twice');
      steps.add(t);
    }
  assert.ok(
    [...steps].every((t, i, all) => i === 0 || t - (all[i - 1] ?? 0) === stepMs),
    'no step left out',
  );
});

test('a query that fails, and a backtest that is stopped, say up to where they came', async () => {
  const { ports } = history([{ host: 'a', fromMs: 0, toMs: 30 * MINUTE }]);
  let queries = 0;
  const failing = {
    ...ports,
    range: (query: RangeQuery) => (++queries > 1 ? Promise.reject(new Error('too many samples')) : ports.range(query)),
  };
  const options = { expand, fromMs: START, toMs: START + 10_000 * MINUTE, goOn: always };
  const failed = await backtestRule(GROUP, RULE, { ...options, ports: failing });
  assert.deepEqual([failed.error, failed.firings.length], ['too many samples', 1]);
  const stopped = await backtestRule(GROUP, RULE, { ...options, ports, goOn: () => false });
  assert.equal(stopped.error, '');
  assert.ok(stopped.coveredToMs < options.toMs && stopped.coveredToMs > options.fromMs);
});

test('time of firing counts once what fires together', () => {
  const firing = (fromMinute: number, toMinute: number | undefined): Firing => ({
    labels: [],
    annotations: [],
    value: 1,
    activeAtMs: fromMinute * MINUTE,
    firedAtMs: fromMinute * MINUTE,
    resolvedAtMs: toMinute === undefined ? undefined : toMinute * MINUTE,
  });
  const firings = [firing(10, 20), firing(15, 30), firing(40, undefined), firing(41, 42)];
  assert.equal(firingTimeMs(firings, 0, 50 * MINUTE), 30 * MINUTE);
});
