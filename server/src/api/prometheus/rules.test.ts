import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpRequest } from '../../base/http.ts';
import { groupDefinition, parseRuleFile, RuleGroup } from '../../rules/index.ts';
import { prometheusRuleRoutes } from './server_routes.ts';

const TIME = Date.UTC(2026, 0, 1);

async function groupsOf(file: string, source: string): Promise<RuleGroup[]> {
  const { groups, problems } = parseRuleFile(source);
  assert.deepEqual(problems, []);
  return Promise.all(
    groups.map(async (group) => {
      const load = { intervalMs: 60_000, queryOffsetMs: 0 };
      const made = new RuleGroup(
        groupDefinition(group, file, 'promql', load),
        {
          tenant: 'trilith',
          ports: {
            evaluate: async (_, queries) =>
              queries.map(({ expr }) =>
                expr === 'broken'
                  ? { error: 'no answer' }
                  : expr === 'none'
                    ? []
                    : [{ labels: ['job', 'a'], value: 0.5 }],
              ),
            append: async () => undefined,
            lastSamples: async () => [],
            alerts: () => undefined,
            note: () => undefined,
          },
          expand: async (templates) => templates,
          externalLabels: () => [],
          linkOf: () => '',
          resendDelayMs: 60_000,
          blind: { evaluated: () => undefined, forget: () => undefined },
          elapsedMs: () => 0,
          warn: () => undefined,
        },
        false,
      );
      await made.evaluate(TIME, TIME);
      return made;
    }),
  );
}

const groups = [
  ...(await groupsOf(
    'a.yml',
    `groups:
  - name: first
    interval: 30s
    limit: 9
    labels: {team: web}
    rules:
      - {record: 'a:b', expr: up}
      - {alert: Fires, expr: up, labels: {severity: page}, annotations: {summary: said}}
  - name: second
    rules:
      - {alert: Waits, expr: up, for: 5m, keep_firing_for: 1m}
      - {alert: Blind, expr: broken}
      - {alert: Quiet, expr: none}
`,
  )),
  ...(await groupsOf('b.yml', 'groups: [{name: third, rules: [{record: c, expr: up}]}]')),
];
const routes = prometheusRuleRoutes({ groups: (tenant) => (tenant === 'trilith' ? groups : []) });

async function ask(path: string, query = '', tenant = 'trilith') {
  const route = routes.find((one) => one.path === `/api/v1/${path}`) ?? assert.fail();
  const request = { query: new URLSearchParams(query), tenant } as HttpRequest;
  const { status, body } = await route.handler(request);
  return { ...JSON.parse(String(body)), code: status };
}

const names = async (query: string): Promise<string> => {
  const { data } = await ask('rules', query);
  return data.groups
    .map(
      (group: { name: string; rules: { name: string }[] }) =>
        `${group.name}: ${group.rules.map(({ name }) => name).join(' ')}`,
    )
    .join('; ');
};

test('groups and rules have the members upstream’s have', async () => {
  const { data } = await ask('rules', 'rule_group[]=first');
  assert.deepEqual(data.groups, [
    {
      name: 'first',
      file: 'a.yml',
      rules: [
        {
          name: 'a:b',
          query: 'up',
          labels: { team: 'web' },
          health: 'ok',
          evaluationTime: 0,
          lastEvaluation: '2026-01-01T00:00:00.000Z',
          type: 'recording',
        },
        {
          state: 'firing',
          name: 'Fires',
          query: 'up',
          labels: { severity: 'page', team: 'web' },
          health: 'ok',
          evaluationTime: 0,
          lastEvaluation: '2026-01-01T00:00:00.000Z',
          duration: 0,
          keepFiringFor: 0,
          annotations: { summary: 'said' },
          alerts: [
            {
              labels: { alertname: 'Fires', job: 'a', severity: 'page', team: 'web' },
              annotations: { summary: 'said' },
              state: 'firing',
              activeAt: '2026-01-01T00:00:00.000Z',
              value: '5e-01',
            },
          ],
          type: 'alerting',
        },
      ],
      interval: 30,
      limit: 9,
      evaluationTime: 0,
      lastEvaluation: '2026-01-01T00:00:00.000Z',
    },
  ]);
});

test('a rule that failed says so, and its alerts are those of before', async () => {
  const { data } = await ask('rules', 'rule_name[]=Blind');
  const [rule] = data.groups[0].rules;
  assert.deepEqual([rule.health, rule.lastError, rule.state, rule.alerts], ['err', 'no answer', 'inactive', []]);
});

test('parameters choose among groups and rules', async () => {
  assert.equal(await names(''), 'first: a:b Fires; second: Waits Blind Quiet; third: c');
  assert.equal(await names('type=alert'), 'first: Fires; second: Waits Blind Quiet');
  assert.equal(await names('type=record&file[]=b.yml'), 'third: c');
  assert.equal(await names('rule_name[]=c&rule_name[]=Quiet'), 'second: Quiet; third: c');
  assert.equal(await names('match[]={severity="page"}'), 'first: Fires');
  assert.equal(await names('match[]={team="web"}&match[]={team="db"}'), 'first: a:b Fires');
  const { data } = await ask('rules', 'exclude_alerts=true&rule_name[]=Fires');
  assert.equal(data.groups[0].rules[0].alerts, null);
});

test('groups come in pages, and a page of groups that have changed is refused', async () => {
  const first = await ask('rules', 'group_limit=2');
  assert.deepEqual([first.data.groups.length, first.data.groupNextToken.length], [2, 64]);
  const next = await ask('rules', `group_limit=2&group_next_token=${first.data.groupNextToken}`);
  assert.deepEqual([next.data.groups[0].name, next.data.groupNextToken], ['third', undefined]);
  const { code, error } = await ask('rules', 'group_limit=2&group_next_token=other');
  assert.equal(code, 400);
  assert.match(error, /invalid group_next_token 'other'. were rule groups changed\?$/);
});

test('alerts are those that are pending and firing', async () => {
  const { data } = await ask('alerts');
  assert.deepEqual(
    data.alerts.map(({ labels, state }: { labels: Record<string, string>; state: string }) => [
      labels.alertname,
      state,
    ]),
    [
      ['Fires', 'firing'],
      ['Waits', 'pending'],
    ],
  );
});

test('a tenant sees no rules and no alerts of another', async () => {
  assert.deepEqual((await ask('rules', '', 'other')).data, { groups: [] });
  assert.deepEqual((await ask('alerts', '', 'other')).data, { alerts: [] });
});
