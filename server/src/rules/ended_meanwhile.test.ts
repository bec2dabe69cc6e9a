import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, type FakeClock } from '../base/clock.ts';
import type { RestoredRules } from '../model/alert.ts';
import { type Labels, labelsFrom, labelValue } from '../model/labels.ts';
import { createRuleManager } from './manager.ts';
import { createMemoryPorts, definitionsOf, type MemoryPorts, testContext } from './test_rules.ts';

const SECOND = 1_000;
const START = Date.UTC(2026, 0, 1);
const RULES = `groups: [{name: g, interval: 10s, rules: [{alert: A, expr: fault > 0, labels: {severity: page}}]}]`;

/** How a Prometheus that evaluates the same rules writes its alerts here: with its external label. */
const foreign = (name: string): Labels =>
  labelsFrom([
    ['__name__', name],
    ['alertname', 'A'],
    ...(name === 'ALERTS' ? [['alertstate', 'firing'] as const] : []),
    ['instance', 'a'],
    ['prometheus', 'other'],
    ['severity', 'page'],
  ]);

const fault = (instance: string): Labels =>
  labelsFrom([
    ['__name__', 'fault'],
    ['instance', instance],
  ]);

/** A program that evaluates rules until it is killed. */
async function started(ports: MemoryPorts, clock: FakeClock) {
  const manager = createRuleManager({ ...testContext(ports), ports, clock });
  await manager.update(definitionsOf(RULES), new Map());
  manager.begin();
  return manager;
}

test('an alert that ended while the program was away ends in the ledger, in its series and for who was told, once', async () => {
  const ports = createMemoryPorts();
  const restored: (RestoredRules & { readonly timeMs: number })[] = [];
  ports.restored = (_, rules, timeMs) => void restored.push({ ...rules, timeMs });
  const clock = createFakeClock(START);
  for (const instance of ['a', 'b']) ports.put(fault(instance), START, 1);
  const first = await started(ports, clock);
  await clock.advanceTo(START + 60 * SECOND);
  first.stop();
  ports.put(fault('a'), START + 70 * SECOND, 0);
  await clock.advanceTo(START + 120 * SECOND);
  const before = { events: ports.events.length, appended: ports.appended.length };
  const second = await started(ports, clock);
  await clock.advanceTo(START + 300 * SECOND);
  second.stop();
  assert.deepEqual(
    restored.slice(1).map(({ links, active }) => [[...links], [...active]]),
    [[['http://trilith/?q=fault > 0'], ['alertname\u0000A\u0000instance\u0000b\u0000severity\u0000page']]],
  );
  assert.ok((restored[1]?.timeMs ?? 0) <= START + 150 * SECOND, 'after two evaluations');
  const changes = ports.events.slice(before.events).flatMap((event) => (event.kind === 'state' ? [event] : []));
  assert.deepEqual(
    changes.map(({ from, to, labels: of, rule }) => [from, to, labelValue(of, 'instance'), rule.rule]),
    [
      ['inactive', 'firing', 'b', 'A'],
      ['firing', 'inactive', 'a', 'A'],
    ],
  );
  const stale = ports.appended.slice(before.appended).filter((sample) => sample.stale);
  assert.deepEqual(
    stale.map((sample) => [labelValue(sample.labels, '__name__'), labelValue(sample.labels, 'instance')]),
    [
      ['ALERTS', 'a'],
      ['ALERTS_FOR_STATE', 'a'],
    ],
  );
});

test('alerts that another Prometheus writes for rules of the same names are left alone', async () => {
  const ports = createMemoryPorts();
  const clock = createFakeClock(START);
  ports.put(fault('a'), START, 0);
  for (const name of ['ALERTS', 'ALERTS_FOR_STATE']) ports.put(foreign(name), START - SECOND, 1);
  const manager = await started(ports, clock);
  await clock.advanceTo(START + 60 * SECOND);
  manager.stop();
  assert.deepEqual([ports.events, ports.appended], [[], []]);
});

test('what cannot be asked at first is asked again: alerts that ended meanwhile end all the same', async () => {
  const ports = createMemoryPorts();
  const clock = createFakeClock(START);
  ports.put(fault('a'), START, 1);
  const first = await started(ports, clock);
  await clock.advanceTo(START + 60 * SECOND);
  first.stop();
  ports.put(fault('a'), START + 70 * SECOND, 0);
  await clock.advanceTo(START + 120 * SECOND);
  const { lastSamples } = ports;
  ports.lastSamples = () => Promise.reject(new Error('down'));
  const second = await started(ports, clock);
  await clock.advanceTo(START + 180 * SECOND);
  const isEnd = (sample: (typeof ports.appended)[number]): boolean => sample.stale;
  assert.equal(ports.appended.filter(isEnd).length, 0);
  ports.lastSamples = lastSamples;
  await clock.advanceTo(START + 200 * SECOND);
  second.stop();
  assert.equal(ports.appended.filter(isEnd).length, 2, 'ALERTS and ALERTS_FOR_STATE');
});
