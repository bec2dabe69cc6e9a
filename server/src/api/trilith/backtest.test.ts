import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backtestAnswer, backtestProgress } from '@trilith/contract';
import * as v from 'valibot';
import { readAlertmanagerConfig } from '../../alerting/index.ts';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { labelsFrom } from '../../model/labels.ts';
import { createTemplateExpander, type RangeQuery, type RangeSeries } from '../../rules/index.ts';
import { type BacktestSource, backtestRoutes } from './backtest.ts';

const MINUTE = 60_000;
const NOW = 1_800_000_000_000;
const CONFIG = readAlertmanagerConfig(`
route: {receiver: team, group_by: [alertname], routes: [{matchers: [dc="north"], receiver: north}]}
receivers:
  - {name: team, webhook_configs: [{url: 'http://example.org'}]}
  - {name: north, webhook_configs: [{url: 'http://example.org'}]}
`);
const RULES = `groups:
  - name: g
    rules:
      - {record: 'load:max', expr: max(load)}
      - {alert: High, expr: 'load:max > 5', for: 1m}
      - {alert: Never, expr: 'vector(1) > 2'}
`;

/** Load is too high from the 10th to the 30th minute of the last hour. */
async function load({ expr, startMs, endMs, stepMs }: RangeQuery): Promise<readonly RangeSeries[]> {
  const times: number[] = [];
  for (let t = startMs; t <= endMs; t += stepMs) if (t >= NOW - 50 * MINUTE && t < NOW - 30 * MINUTE) times.push(t);
  return expr.includes('load') ? [{ labels: labelsFrom([['host', 'a']]), times, values: times.map(() => 6) }] : [];
}

function routes(overrides: Partial<BacktestSource> = {}) {
  const [post, get] = backtestRoutes({
    tenant: 'trilith',
    nowMs: () => NOW,
    groups: () => [],
    surroundings: () => ({
      load: { intervalMs: MINUTE, queryOffsetMs: 0 },
      externalLabels: labelsFrom([['dc', 'north']]),
      expand: createTemplateExpander({ externalLabels: new Map(), externalUrl: '' }),
    }),
    alertmanager: () => CONFIG,
    ports: { range: load, instant: async () => [] },
    ...overrides,
  });
  assert.ok(post !== undefined && get !== undefined);
  const request = (body: object, id = ''): HttpRequest => ({
    method: 'POST',
    path: '/api/alerts/backtest',
    params: { id },
    query: new URLSearchParams(),
    headers: {},
    body: new TextEncoder().encode(JSON.stringify(body)),
    tenant: 'trilith',
    signal: new AbortController().signal,
  });
  const hour = { fromMs: NOW - 60 * MINUTE, toMs: NOW };
  return {
    ask: async (body: object): Promise<HttpResponse> => post.handler(request({ ...hour, ...body })),
    progress: async (id: string): Promise<HttpResponse> => get.handler(request({}, id)),
  };
}

const textOf = ({ body }: HttpResponse): string => (typeof body === 'string' ? body : new TextDecoder().decode(body));

test('a file’s rules are tried over history, and routed with the labels every alert gets', async () => {
  const response = await routes().ask({ rules: RULES });
  const answer = v.parse(backtestAnswer, JSON.parse(textOf(response)));
  assert.deepEqual(
    answer.rules.map(({ alert, firings, firingMs }) => [alert, firings, firingMs / MINUTE]),
    [
      ['High', 1, 19],
      ['Never', 0, 0],
    ],
  );
  assert.deepEqual(answer.totals, { pages: 1, notifications: 2, firings: 1, firingMs: 19 * MINUTE });
  assert.deepEqual(
    answer.notifications.map(({ receiver, reason, alerts }) => [receiver, reason, ...alerts]),
    [
      ['north', 'first notification', 'High'],
      ['north', 'all alerts resolved', 'High'],
    ],
  );
  assert.ok(answer.notes.some((note) => note.includes('Recorded series are read as they are stored')));
});

test('what cannot be tried is refused with the reason', async () => {
  const { ask } = routes();
  for (const [body, status, said] of [
    [
      { rules: 'groups: [{name: a, rules: [{alert: A, expr: "rate(x)"}]}]' },
      400,
      /1:\d+: .*could not parse expression/,
    ],
    [{ rules: RULES, alert: 'Other' }, 404, /no alerting rule of that name/],
    [{}, 404, /no alerting rule/],
    [{ rules: RULES, fromMs: NOW }, 400, /before/],
    [{ rules: RULES, fromMs: 0 }, 400, /longer than 400 days/],
    [{ rules: RULES, id: 'a b' }, 400, /id/],
  ] as const) {
    const response = await ask(body);
    assert.deepEqual([response.status, said.test(textOf(response))], [status, true], textOf(response));
  }
});

test('how far it is can be asked while it runs; more than two at once are refused', async () => {
  const gate = Promise.withResolvers<readonly RangeSeries[]>();
  const { ask, progress } = routes({ ports: { range: () => gate.promise, instant: async () => [] } });
  const running = [ask({ rules: RULES, id: 'backtest-1' }), ask({ rules: RULES, id: 'backtest-2' })];
  const { rule, all } = v.parse(backtestProgress, JSON.parse(textOf(await progress('backtest-1'))));
  assert.deepEqual([rule, all], ['High', 2]);
  assert.equal((await ask({ rules: RULES, id: 'backtest-1' })).status, 409);
  assert.equal((await ask({ rules: RULES })).status, 429);
  gate.resolve([]);
  for (const response of await Promise.all(running)) assert.equal(response.status, 200);
  assert.equal((await progress('backtest-1')).status, 404);
});

test('a rule that fails says why, others are tried all the same; what is not reached in time is said', async () => {
  const failing = {
    range: (query: RangeQuery) =>
      query.expr.includes('load') ? Promise.reject(new Error('too many samples')) : load(query),
    instant: async () => [],
  };
  const answer = v.parse(backtestAnswer, JSON.parse(textOf(await routes({ ports: failing }).ask({ rules: RULES }))));
  assert.deepEqual(
    answer.rules.map(({ error }) => error),
    ['too many samples', ''],
  );
  let now = NOW;
  const slow = routes({ nowMs: () => (now += 60_000) });
  const late = v.parse(backtestAnswer, JSON.parse(textOf(await slow.ask({ rules: RULES }))));
  assert.ok(
    late.notes.some((note) => note.includes('rules were not evaluated up to the end')),
    late.notes.join('\n'),
  );
});
