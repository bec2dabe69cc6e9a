import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import type { SloFact } from '../model/slo_fact.ts';
import type { RangeQuery, RangeSeries } from '../rules/index.ts';
import { SLOT_MS } from './budget.ts';
import type { CountedDefinition } from './definition_records.ts';
import { createFactKeeper } from './keeper.ts';
import type { Objective } from './objective.ts';
import { parseObjectiveFile } from './objective_file.ts';

const START = 1_790_000_000_000 - (1_790_000_000_000 % SLOT_MS);
const HOUR = 3_600_000;

function objective(bad: string): Objective {
  const [document] = parseObjectiveFile(
    `version: trilith/v1\nobjectives: [{name: web, service: shop, target: 99, period: 2h, bad: '${bad}[$window]', total: 'all[$window]'}]`,
  );
  const [found] = document?.objectives ?? [];
  assert.ok(found !== undefined);
  return found;
}

/** A store in memory; a slot counts ten events, of which `bad` is asked by slot. */
function createStore(nowMs = (): number => 0) {
  const stored: (SloFact & { readonly countedMs: number })[] = [];
  const definitions = new Map<string, CountedDefinition>();
  const asked: RangeQuery[] = [];
  const state = { isDown: false, badAt: (_slotMs: number) => 1, labels: [] as string[] };
  return {
    stored,
    asked,
    state,
    ports: {
      async range(query: RangeQuery): Promise<readonly RangeSeries[]> {
        if (state.isDown) throw new Error('the store is starting');
        asked.push(query);
        const times = [];
        for (let timeMs = query.startMs; timeMs <= query.endMs; timeMs += query.stepMs) times.push(timeMs);
        const values = times.map((timeMs) => (query.expr === 'all[5m]' ? 10 : state.badAt(timeMs)));
        if (query.expr === 'none[5m]') return [];
        return [{ labels: state.labels, times, values }];
      },
      keep: async (facts: readonly SloFact[]) =>
        void stored.push(...facts.map((fact) => ({ ...fact, countedMs: nowMs() }))),
      facts: async (id: string, fromMs: number, countedFromMs: number) =>
        stored.flatMap(({ countedMs, ...fact }) =>
          fact.objective === id && fact.slotMs > fromMs && countedMs >= countedFromMs ? [fact] : [],
        ),
      definition: async (id: string) => definitions.get(id),
      define: async (id: string, definition: CountedDefinition) => void definitions.set(id, definition),
    },
  };
}

test('the whole period is counted at the first start, then each slot when it has ended', async () => {
  const store = createStore();
  const clock = createFakeClock(START + 2 * HOUR + LATE);
  const keeper = createFactKeeper({ ports: store.ports, clock });
  keeper.update([objective('bad')]);
  await clock.advanceTo(clock.nowMs());
  assert.equal(store.stored.length, 0, 'nothing is asked before the store is there');
  keeper.begin();
  await clock.advanceTo(clock.nowMs());
  assert.equal(store.stored.length, 24);
  assert.deepEqual(keeper.of('shop-web').untilMs, START + 2 * HOUR);
  assert.equal(keeper.of('shop-web').progress, 1);
  await clock.advanceTo(START + 2 * HOUR + SLOT_MS + LATE);
  assert.equal(store.stored.length, 25);
  const { facts } = keeper.of('shop-web');
  assert.equal(facts.length, 24, 'what has left the period is let go');
  assert.deepEqual(facts.at(-1), {
    objective: 'shop-web',
    dimension: '',
    slotMs: START + 2 * HOUR + SLOT_MS,
    bad: 1,
    total: 10,
  });
});

/** Slots are counted this much after they have ended. */
const LATE = 60_000;

test('after a restart only what was missed is counted', async () => {
  const clock = createFakeClock(START + 2 * HOUR + LATE);
  const store = createStore(clock.nowMs);
  const first = createFactKeeper({ ports: store.ports, clock });
  first.update([objective('bad')]);
  first.begin();
  await clock.advanceTo(clock.nowMs());
  first.stop();
  await clock.advanceTo(START + 3 * HOUR + LATE);
  const before = store.stored.length;
  const second = createFactKeeper({ ports: store.ports, clock });
  second.update([objective('bad')]);
  second.begin();
  await clock.advanceTo(clock.nowMs());
  assert.equal(store.stored.length - before, 12);
  assert.equal(second.of('shop-web').facts.length, 24);
});

test('an objective that was changed while the program stood still is counted anew, and facts of before are not its own', async () => {
  const clock = createFakeClock(START + 2 * HOUR + LATE);
  const store = createStore(clock.nowMs);
  const run = async (bad: string): Promise<readonly SloFact[]> => {
    const keeper = createFactKeeper({ ports: store.ports, clock });
    keeper.update([objective(bad)]);
    keeper.begin();
    await clock.advanceTo(clock.nowMs());
    keeper.stop();
    return keeper.of('shop-web').facts;
  };
  store.state.labels = ['path', '/pay'];
  assert.ok((await run('bad')).every(({ bad }) => bad === 1));
  await clock.advanceTo(clock.nowMs() + 1_000);
  store.state.labels = [];
  const changed = await run('none');
  assert.equal(changed.length, 24, 'none of the dimensions of before');
  assert.ok(changed.every(({ bad, dimension }) => bad === 0 && dimension === ''));
  await clock.advanceTo(clock.nowMs() + 1_000);
  const before = store.stored.length;
  assert.deepEqual(await run('none'), changed, 'what was counted under this definition stays');
  assert.equal(store.stored.length, before);
});

test('facts are events, also of expressions that tell events per second; those kept before are not taken for them', async () => {
  const [document] = parseObjectiveFile(
    "version: trilith/v1\nobjectives: [{name: web, service: shop, target: 99, period: 2h, bad: 'sum(rate(bad[$window]))', total: 'sum(rate(all[$window]))'}]",
  );
  const [ofRates] = document?.objectives ?? [];
  assert.ok(ofRates !== undefined);
  const clock = createFakeClock(START + 2 * HOUR + LATE);
  const store = createStore(clock.nowMs);
  store.stored.push({
    objective: 'shop-web',
    dimension: '',
    slotMs: START + HOUR,
    bad: 0.1,
    total: 0.5,
    countedMs: START + 2 * HOUR,
  });
  const keeper = createFactKeeper({ ports: store.ports, clock });
  keeper.update([ofRates]);
  keeper.begin();
  await clock.advanceTo(clock.nowMs());
  assert.deepEqual(
    [...new Set(store.asked.map(({ expr }) => expr))],
    ['(sum(rate(all[5m]))) * 300', '(sum(rate(bad[5m]))) * 300'],
  );
  const { facts } = keeper.of('shop-web');
  assert.equal(facts.length, 24);
  assert.ok(facts.every(({ bad, total }) => bad === 1 && total === 1));
});

test('OpenSLO’s ratio is counted by its events, so that a busy slot weighs more than a quiet one', async () => {
  const query = (of: string): string => `{source: prometheus, queryType: promql, query: '${of}[{{.window}}]'}`;
  const [document] = parseObjectiveFile(
    `apiVersion: openslo/v1alpha\nkind: SLO\nmetadata: {name: web}\nspec:\n  service: shop\n  timeWindows: [{unit: Day, count: 1}]\n  objectives: [{target: 0.99, ratioMetrics: {good: ${query('good')}, total: ${query('all')}}}]`,
  );
  const clock = createFakeClock(START + 24 * HOUR + LATE);
  const store = createStore(clock.nowMs);
  const keeper = createFactKeeper({ ports: store.ports, clock });
  keeper.update(document?.objectives ?? []);
  keeper.begin();
  await clock.advanceTo(clock.nowMs());
  assert.deepEqual([...new Set(store.asked.map(({ expr }) => expr))], ['all[5m]', '(all[5m]) - (good[5m])']);
  assert.ok(keeper.of('shop-web-0').facts.every(({ bad, total }) => bad === 1 && total === 10));
});

test('data that comes late changes the last slots; a store that is down is asked again', async () => {
  const store = createStore();
  const clock = createFakeClock(START + 2 * HOUR + LATE);
  const keeper = createFactKeeper({ ports: store.ports, clock });
  keeper.update([objective('bad')]);
  keeper.begin();
  await clock.advanceTo(clock.nowMs());
  store.state.isDown = true;
  await clock.advanceTo(START + 2 * HOUR + SLOT_MS + LATE);
  assert.equal(keeper.of('shop-web').problem, 'the store is starting');
  store.state.isDown = false;
  store.state.badAt = (slotMs) => (slotMs === START + 2 * HOUR ? 4 : 1);
  await clock.advanceTo(clock.nowMs() + 60_000);
  const counted = keeper.of('shop-web');
  assert.equal(counted.problem, '');
  assert.deepEqual(
    counted.facts.filter(({ slotMs }) => slotMs >= START + 2 * HOUR).map(({ bad }) => bad),
    [4, 1],
  );
});

test('no series of bad events means none was bad; other expressions are counted anew; series are dimensions', async () => {
  const store = createStore();
  const clock = createFakeClock(START + 2 * HOUR + LATE);
  const keeper = createFactKeeper({ ports: store.ports, clock });
  keeper.update([objective('none')]);
  keeper.begin();
  await clock.advanceTo(clock.nowMs());
  assert.ok(keeper.of('shop-web').facts.every(({ bad, total }) => bad === 0 && total === 10));
  store.state.labels = ['path', '/pay'];
  keeper.update([objective('bad')]);
  await clock.advanceTo(clock.nowMs());
  const { facts } = keeper.of('shop-web');
  assert.equal(facts.length, 24);
  assert.ok(facts.every(({ bad, dimension }) => bad === 1 && dimension === '{"path":"/pay"}'));
});
