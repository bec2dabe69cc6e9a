import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import { createRuleManager } from '../rules/index.ts';
import { createMemoryPorts, definitionsOf, testContext } from '../rules/test_rules.ts';
import type { StoreReader } from '../store/index.ts';
import { createAlertingStages } from './alerting_stages.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const RULES =
  'groups: [{name: g, rules: [{alert: Down, expr: vector(1)}]}, {name: h, rules: [{alert: Up, expr: vector(1)}]}]';

/** Rules that are evaluated once a minute, and a store that answers. */
async function started() {
  const clock = createFakeClock(START);
  const ports = createMemoryPorts();
  const { tenant, expand, externalLabels, linkOf, elapsedMs, warn } = testContext(ports);
  const rules = createRuleManager({ tenant, ports, clock, expand, externalLabels, linkOf, elapsedMs, warn });
  await rules.update(definitionsOf(RULES), new Map());
  rules.begin();
  const store: { answers: StoreReader | undefined; error: string } = { answers: undefined, error: '' };
  store.answers = {
    async *query() {},
    async collect() {
      if (store.error !== '') throw new Error(store.error);
      return { blocks: [], cost: { rowsRead: 0, bytesRead: 0, milliseconds: 0 } };
    },
  };
  const broken = createAlertingStages({ tenant, clock, rules, reader: () => store.answers });
  assert.equal(await broken(), '');
  await clock.advanceTo(START + 5 * MINUTE);
  assert.equal(await broken(), '');
  return { clock, ports, rules, store, broken };
}

test('a store that does not answer is a stage that does not work, until it answers', async () => {
  const { rules, store, broken } = await started();
  store.error = 'connect ECONNREFUSED';
  assert.equal(await broken(), 'the store does not answer: connect ECONNREFUSED');
  store.error = '';
  assert.equal(await broken(), '');
  store.answers = undefined;
  assert.equal(await broken(), 'the store does not answer: it is starting');
  rules.stop();
});

test('groups that are not evaluated any more are found within two of their intervals', async () => {
  const { clock, ports, rules, broken } = await started();
  ports.evaluate = () => new Promise(() => undefined);
  await clock.advanceTo(START + 6 * MINUTE);
  assert.equal(await broken(), '');
  await clock.advanceTo(START + 8 * MINUTE);
  assert.match(await broken(), /^group [gh] of rules.yml was not evaluated for 2 intervals \(and 1 more\)$/);
  rules.stop();
});

test('rules that cannot be evaluated twice in a row are found, and files that cannot be read', async () => {
  const { clock, ports, rules, broken } = await started();
  ports.failure = 'the query worker is gone';
  await clock.advanceTo(START + 6 * MINUTE);
  assert.equal(await broken(), '', 'once may be a restart of the store');
  await clock.advanceTo(START + 7 * MINUTE);
  assert.match(await broken(), /^(Down|Up) of rules.yml cannot be evaluated: the query worker is gone \(and 1 more\)$/);
  ports.failure = undefined;
  await clock.advanceTo(START + 8 * MINUTE);
  assert.equal(await broken(), '');
  await rules.update(definitionsOf(RULES), new Map([['other.yml', 'no such file']]));
  assert.equal(await broken(), 'every rule of other.yml cannot be evaluated: no such file');
  rules.stop();
});
