import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import { labelsFrom, labelValue } from '../model/labels.ts';
import { BLIND_ALERT } from './blind.ts';
import { createRuleManager } from './manager.ts';
import { ruleMetrics } from './metrics.ts';
import { createMemoryPorts, definitionsOf, type MemoryPorts, testContext } from './test_rules.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

function setup(ports: MemoryPorts = createMemoryPorts()) {
  const clock = createFakeClock(START);
  const { tenant, expand, externalLabels, linkOf, elapsedMs, warn } = testContext(ports);
  const manager = createRuleManager({ tenant, ports, clock, expand, externalLabels, linkOf, elapsedMs, warn });
  return { ports, clock, manager };
}

const alert = (name: string, fields = ''): string =>
  `groups: [{name: g, rules: [{alert: ${name}, expr: vector(1)${fields}}]}]`;
const NONE: ReadonlyMap<string, string> = new Map();

test('nothing is evaluated before the store can be asked, then once an interval', async () => {
  const { ports, clock, manager } = setup();
  await manager.update(definitionsOf(alert('A')), NONE);
  await clock.advanceTo(START + 5 * MINUTE);
  assert.equal(manager.groups()[0]?.counts.iterations, 0);
  manager.begin();
  await clock.advanceTo(START + 10 * MINUTE);
  assert.equal(manager.groups()[0]?.counts.iterations, 5);
  const times = ports.appended.map(({ timeMs }) => timeMs % MINUTE);
  assert.equal(new Set(times).size, 1);
  manager.stop();
});

test('an evaluation that takes longer than the interval leaves slots out and counts them', async () => {
  const { ports, clock, manager } = setup();
  const { evaluate } = ports;
  let finish = (): void => undefined;
  ports.evaluate = async (...query) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return evaluate(...query);
  };
  await manager.update(definitionsOf(alert('A')), NONE);
  manager.begin();
  await clock.advanceTo(START + 4 * MINUTE);
  const { counts } = manager.groups()[0] ?? assert.fail();
  assert.deepEqual([counts.iterations, counts.missed], [1, 0]);
  finish();
  await clock.advanceTo(START + 4 * MINUTE + 1);
  assert.deepEqual([counts.iterations, counts.missed], [4, 2]);
  assert.match(
    ruleMetrics(manager.groups(), 0),
    /^prometheus_rule_group_iterations_missed_total\{rule_group="rules.yml;g"\} 2$/m,
  );
  manager.stop();
});

test('a clock that goes back does not stop rules', async () => {
  const { ports, clock, manager } = setup();
  await manager.update(definitionsOf(alert('A')), NONE);
  manager.begin();
  await clock.advanceTo(START + 3 * MINUTE);
  clock.setBack(60 * MINUTE);
  const before = ports.appended.length;
  await clock.advanceTo(START - 52 * MINUTE);
  assert.ok(ports.appended.length > before);
  manager.stop();
});

test('a new configuration keeps groups that are the same, and the alerts of rules that are', async () => {
  const { clock, manager } = setup();
  const same = 'groups: [{name: same, rules: [{record: r, expr: vector(1)}]}]';
  await manager.update([...definitionsOf(alert('A', ', for: 10m')), ...definitionsOf(same)], NONE);
  manager.begin();
  await clock.advanceTo(START + 5 * MINUTE);
  const [changed, kept] = manager.groups();
  const since = [...(changed?.rules[0]?.active.values() ?? [])][0]?.activeAtMs;
  const annotated = alert('A', ', for: 10m, annotations: {summary: new}');
  await manager.update([...definitionsOf(annotated), ...definitionsOf(same)], NONE);
  assert.equal(manager.groups()[1], kept);
  assert.notEqual(manager.groups()[0], changed);
  await clock.advanceTo(START + 7 * MINUTE);
  const [active] = manager.groups()[0]?.rules[0]?.active.values() ?? [];
  assert.deepEqual([active?.activeAtMs, active?.annotations], [since, ['summary', 'new']]);
  manager.stop();
});

test('series of rules that are gone end: of a rule at the next iteration, of a group after two intervals', async () => {
  const { ports, clock, manager } = setup();
  const record = (group: string, name: string): string =>
    `groups: [{name: ${group}, rules: [{record: ${name}, expr: vector(1)}]}]`;
  await manager.update([...definitionsOf(record('a', 'one')), ...definitionsOf(record('b', 'two'))], NONE);
  manager.begin();
  await clock.advanceTo(START + 2 * MINUTE);
  await manager.update(definitionsOf(record('a', 'renamed')), NONE);
  const ended = (): string[] =>
    ports.appended.filter(({ stale }) => stale).map(({ labels }) => labelValue(labels, '__name__'));
  await clock.advanceTo(START + 3 * MINUTE + 59_000);
  assert.deepEqual(ended(), ['one']);
  await clock.advanceTo(START + 4 * MINUTE);
  assert.deepEqual(ended(), ['one', 'two']);
  manager.stop();
});

test('alerts of before a restart are continued after the second iteration, and ALERTS_FOR_STATE is not written before', async () => {
  const first = setup();
  await first.manager.update(definitionsOf(alert('A', ', for: 20m')), NONE);
  first.manager.begin();
  await first.clock.advanceTo(START + 10 * MINUTE);
  first.manager.stop();
  const activeAt = [...(first.manager.groups()[0]?.rules[0]?.active.values() ?? [])][0]?.activeAtMs ?? 0;
  const second = setup(first.ports);
  await second.clock.advanceTo(START + 12 * MINUTE);
  await second.manager.update(definitionsOf(alert('A', ', for: 20m')), NONE);
  second.manager.begin();
  const written = first.ports.appended.length;
  await second.clock.advanceTo(START + 14 * MINUTE);
  assert.equal(first.ports.appended.length, written);
  await second.clock.advanceTo(START + 25 * MINUTE);
  assert.deepEqual(
    first.ports.sent
      .filter(({ labels }) => labelValue(labels, 'alertname') === 'A')
      .map(({ startsAtMs }) => startsAtMs)[0],
    activeAt - (activeAt % 1000) + 20 * MINUTE + (activeAt % 1000),
  );
  second.manager.stop();
});

const blindAlerts = (ports: MemoryPorts) =>
  ports.sent.filter(({ labels }) => labelValue(labels, 'alertname') === BLIND_ALERT);

test('a store that is down is one alert about all blind rules and no alert of theirs', async () => {
  const { ports, clock, manager } = setup();
  await manager.update(
    [...definitionsOf(alert('A')), ...definitionsOf(alert('B').replace('name: g', 'name: h'))],
    NONE,
  );
  manager.begin();
  await clock.advanceTo(START + 3 * MINUTE);
  const told = ports.sent.length;
  ports.failure = 'the store is down';
  await clock.advanceTo(START + 4 * MINUTE);
  assert.equal(blindAlerts(ports).length, 0);
  assert.deepEqual(
    manager
      .blind()
      .map(({ rule, error }) => `${rule.rule}: ${error}`)
      .sort(),
    ['A: the store is down', 'B: the store is down'],
  );
  await clock.advanceTo(START + 8 * MINUTE);
  const [alertOfBlind] = blindAlerts(ports).slice(-1);
  assert.match(labelValue(alertOfBlind?.annotations ?? [], 'summary'), /^2 rules cannot be evaluated/);
  assert.match(
    labelValue(alertOfBlind?.annotations ?? [], 'description'),
    /^A \(group g, rules\.yml\) since 2026-01-01T00:03:/m,
  );
  assert.ok(
    ports.sent.slice(told).every(({ endsAtMs, updatedAtMs }) => endsAtMs > updatedAtMs),
    'nothing resolves',
  );
  ports.failure = undefined;
  await clock.advanceTo(START + 12 * MINUTE);
  const last = blindAlerts(ports).at(-1);
  assert.ok(last !== undefined && last.endsAtMs <= last.updatedAtMs);
  assert.deepEqual(
    ports.events.flatMap((event) => (event.kind === 'blind' ? [`${event.rule.rule} ${event.error}`] : [])).sort(),
    ['A ', 'A the store is down', 'B ', 'B the store is down'],
  );
  manager.stop();
});

test('one evaluation that fails alerts nobody', async () => {
  const { ports, clock, manager } = setup();
  await manager.update(definitionsOf(alert('A', ', for: 1h')), NONE);
  manager.begin();
  await clock.advanceTo(START + 3 * MINUTE);
  ports.failure = 'down';
  await clock.advanceTo(START + 4 * MINUTE);
  ports.failure = undefined;
  await clock.advanceTo(START + 10 * MINUTE);
  assert.deepEqual(ports.sent, []);
  manager.stop();
});

test('a file that cannot be read is told of until it can be', async () => {
  const { ports, clock, manager } = setup();
  await manager.update([], new Map([['broken.yml', 'line 3: unknown key']]));
  manager.begin();
  await clock.advanceTo(START + 2 * MINUTE);
  assert.match(
    labelValue(blindAlerts(ports)[0]?.annotations ?? [], 'description'),
    /^every rule \(broken\.yml\) since .*: line 3: unknown key$/,
  );
  await manager.update([], NONE);
  await clock.advanceTo(START + 4 * MINUTE);
  const last = blindAlerts(ports).at(-1);
  assert.ok(last !== undefined && last.endsAtMs <= last.updatedAtMs);
  assert.deepEqual(
    last.labels,
    labelsFrom([
      ['alertname', BLIND_ALERT],
      ['severity', 'page'],
    ]),
  );
  manager.stop();
});
