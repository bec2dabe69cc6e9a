import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Labels, labelsFrom, labelValue } from '../model/labels.ts';
import { cardinality, servicesOf } from './cardinality.ts';
import { SeriesIndex } from './series_index.ts';

const day = 86_400_000;
const range = { fromMs: 100 * day, toMs: 100 * day + 1000 };

function indexOf(sets: readonly Labels[], firstDay = 100): SeriesIndex {
  const index = new SeriesIndex();
  sets.forEach((labels, at) => {
    index.add(1, at, firstDay, firstDay, labels);
  });
  return index;
}

const set = (labels: Readonly<Record<string, string>>): Labels => labelsFrom(Object.entries(labels));

const shop = [
  set({ __name__: 'a_total', job: 'x', user: '1' }),
  set({ __name__: 'a_total', job: 'x', user: '2' }),
  set({ __name__: 'a_total', job: 'y', user: '3' }),
  set({ __name__: 'b', job: 'y', service: 'pay' }),
];

test('metrics, labels and pairs are listed by what they cost, largest first', async () => {
  const found = await cardinality(indexOf(shop), { matchers: [], range, limit: 10 });
  assert.deepEqual([found.series, found.allSeries, found.metricCount, found.labelCount], [4, 4, 2, 3]);
  assert.deepEqual(found.metrics, [
    { name: 'a_total', series: 3 },
    { name: 'b', series: 1 },
  ]);
  assert.deepEqual(found.labels[0], { name: 'user', values: 3, series: 3 });
  assert.deepEqual(
    found.pairs.slice(0, 2).map(({ name, value, series }) => [name, value, series]),
    [
      ['job', 'x', 2],
      ['job', 'y', 2],
    ],
  );
});

test('a service is what a label says it is, and the scrape job only where none does', async () => {
  const found = await cardinality(indexOf(shop), { matchers: [], range, limit: 10 });
  assert.deepEqual(found.services, [
    { name: 'x', series: 2 },
    { name: 'pay', series: 1 },
    { name: 'y', series: 1 },
  ]);
  const pay = await cardinality(indexOf(shop), { matchers: [], service: 'pay', range, limit: 10 });
  assert.deepEqual([pay.series, pay.allSeries, pay.metrics[0]?.name], [1, 4, 'b']);
  assert.equal((await cardinality(indexOf(shop), { matchers: [], service: 'nobody', range, limit: 10 })).series, 0);
});

test('a drill-down counts only series of its metric, and lists the values of its label', async () => {
  const matchers = [{ name: '__name__', operator: '=' as const, value: 'a_total' }];
  const found = await cardinality(indexOf(shop), { matchers, label: 'user', range, limit: 2 });
  assert.deepEqual([found.series, found.valueCount, found.values.length], [3, 3, 2]);
  assert.equal(
    found.labels.find(({ name }) => name === 'service'),
    undefined,
  );
});

test('series that were not in use in the range are not counted', async () => {
  const found = await cardinality(indexOf(shop, 90), { matchers: [], range, limit: 10 });
  assert.deepEqual([found.series, found.allSeries, found.metrics.length], [0, 0, 0]);
});

const labelSet = fc.record({
  __name__: fc.constantFrom('a', 'b', 'c', 'd'),
  job: fc.constantFrom('x', 'y', ''),
  service: fc.constantFrom('', '', 'x', 's'),
  id: fc.nat(30).map(String),
});

test('the counts are those of looking at every series, and every series has one service', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(labelSet, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (records, limit) => {
      const sets = records.map(set);
      const index = indexOf(sets);
      const found = await cardinality(index, { matchers: [], range, limit });
      const counts = new Map<string, number>();
      for (const labels of sets) {
        const name = labelValue(labels, '__name__');
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      assert.deepEqual(
        found.metrics.map(({ series }) => series),
        [...counts.values()].sort((a, b) => b - a).slice(0, limit),
      );
      const { names, ofReference } = servicesOf(index);
      sets.forEach((labels, reference) => {
        assert.equal(
          names[ofReference[reference] as number],
          labelValue(labels, 'service') || labelValue(labels, 'job'),
        );
      });
    }),
  );
});

test('other work gets its turns while many series are counted, and who leaves ends it', async () => {
  const index = indexOf(Array.from({ length: 60_000 }, (_, i) => set({ __name__: `m${i % 500}`, id: String(i) })));
  let [turns, counting] = [0, true];
  const turn = (): void => {
    turns++;
    if (counting) setImmediate(turn);
  };
  setImmediate(turn);
  const found = await cardinality(index, { matchers: [], range, limit: 3 });
  counting = false;
  assert.equal(found.series, 60_000);
  assert.ok(turns >= 3, `${turns} turns`);
  await assert.rejects(cardinality(index, { matchers: [], range, limit: 3, signal: AbortSignal.abort() }), /canceled/);
});
