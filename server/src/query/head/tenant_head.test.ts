import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { labelsFrom } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import type { Section } from '../../model/section.ts';
import { dayOf } from '../../model/units.ts';
import {
  batchIdTail,
  metricColumns,
  metricSections,
  openStore,
  type Store,
  seriesSections,
  TABLES,
} from '../../store/index.ts';
import { createTenantMetrics, type TenantMetrics } from '../promql/tenant_metrics.ts';
import { createTenantHead, type TenantHead } from './tenant_head.ts';

const DATABASE = 'head_test';
const NOW = 1_790_000_040_000;
const MINUTE = 60_000;
const interner = createMapInterner();

let directory: string;
let store: Store;
let reads = 0;
let batch = 1n;

/** Samples of three series every 15 s: a value by time, so that every sample can be told. */
function sectionsOf(fromMs: number, toMs: number): Section[] {
  const references = ['a', 'b', 'c'].map((job) =>
    interner.intern(
      labelsFrom([
        ['__name__', 'value'],
        ['job', job],
      ]),
    ),
  );
  const columns = metricColumns(interner);
  for (let time = fromMs; time <= toMs; time += 15_000)
    references.forEach((reference, i) => {
      columns.samples.append(reference, time, ((time - NOW) / 1000) * (i + 1));
    });
  return [...seriesSections(interner, references, dayOf(toMs), toMs), ...metricSections(columns, toMs).sections];
}

async function insert(sections: readonly Section[]): Promise<void> {
  for (const section of sections) {
    const names = TABLES[section.table].map(([name]) => name);
    const chunks = [section.block, batchIdTail(section.rows, batch++)];
    await store.writer.insert(section.table, names, chunks, { database: DATABASE });
  }
}

function started(budgetBytes = 1e9): { readonly head: TenantHead; readonly metrics: TenantMetrics } {
  const reader = {
    query: (...args: Parameters<Store['reader']['query']>) => {
      reads++;
      return store.reader.query(...args);
    },
    collect: (...args: Parameters<Store['reader']['collect']>) => store.reader.collect(...args),
  };
  const onError = (error: unknown): void => assert.fail(String(error));
  const head = createTenantHead({ reader: store.reader, database: DATABASE, budgetBytes, onError });
  return { head, metrics: createTenantMetrics({ reader, database: DATABASE, head }) };
}

/** How many samples of each series there are in a range, and their sum. */
async function seen({ query }: TenantMetrics, minutes: number, nowMs = NOW): Promise<unknown> {
  const range = `value[${minutes}m]`;
  const results = await Promise.all(
    [`count_over_time(${range})`, `sum_over_time(${range})`].map((text) =>
      query({ query: text, startMs: nowMs, endMs: nowMs, stepMs: 0 }),
    ),
  );
  return results.map(({ series }) => series.map(({ labels, values }) => [labels.join(), values[0]]).sort());
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'head-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  await insert(sectionsOf(NOW - 300 * MINUTE, NOW));
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('a head that begins is filled backwards, and then answers what the store answers without asking it', async () => {
  const { head, metrics } = started();
  const stored = await seen(metrics, 290);
  assert.ok(reads > 0);
  await head.attach();
  assert.equal(head.head.floorMs, Number.NEGATIVE_INFINITY);
  await seen(metrics, 1);
  reads = 0;
  assert.deepEqual(await seen(metrics, 290), stored);
  const recent = await seen(metrics, 17);
  assert.equal(reads, 0);
  assert.deepEqual(recent, await seen(started().metrics, 17));
});

test('with a small budget the store has the older part, and both together have all', async () => {
  const { head, metrics } = started(150_000);
  await head.attach();
  for (let i = 1; i <= 3; i++) {
    const sections = sectionsOf(NOW + (i * 30 - 29) * MINUTE, NOW + i * 30 * MINUTE);
    head.take(sections, i);
    await insert(sections);
    head.loadedBefore(i + 1);
  }
  const { floorMs } = head.head;
  assert.ok(floorMs > NOW - 300 * MINUTE, 'something was let go');
  const later = NOW + 90 * MINUTE;
  assert.deepEqual(await seen(metrics, 380, later), await seen(started().metrics, 380, later));
});

test('samples are seen from the moment they are handed over, new series too', async () => {
  const { head, metrics } = started();
  await head.attach();
  const at = NOW + 200 * MINUTE;
  head.take(sectionsOf(at, at), 1);
  const { series } = await metrics.query({ query: 'value', startMs: at, endMs: at, stepMs: 0 });
  assert.deepEqual(
    series.map(({ values }) => values[0]).sort((a, b) => Number(a) - Number(b)),
    [12_000, 24_000, 36_000],
  );
});

test('a reset forgets, the store answers, and attaching again fills again', async () => {
  const { head, metrics } = started();
  await head.attach();
  const before = await seen(metrics, 100);
  head.reset();
  assert.equal(head.head.floorMs, Number.POSITIVE_INFINITY);
  assert.deepEqual(await seen(metrics, 100), before);
  await head.attach();
  assert.deepEqual(await seen(metrics, 100), before);
});

test('native histograms are seen from the moment they are handed over, and once they are in the store as well', async () => {
  const { head, metrics } = started();
  await head.attach();
  const at = NOW + 300 * MINUTE;
  const reference = interner.intern(labelsFrom([['__name__', 'seconds']]));
  const sectionsUpTo = (count: number): Section[] => {
    const columns = metricColumns(interner);
    const buckets = { offsets: [0], lengths: [1], counts: [count] };
    const none = { offsets: [], lengths: [], counts: [] };
    const sizes = { count, zeroCount: 0, zeroThreshold: 0, sumLow: 0, sumHigh: 0, schema: 0, resetHint: 0 };
    const histogram = { ...sizes, positive: buckets, negative: none, customValues: [] };
    columns.histograms.append(reference, at - MINUTE + count * 15_000, histogram);
    return [...seriesSections(interner, [reference], dayOf(at), at), ...metricSections(columns, at).sections];
  };
  const counts = async (): Promise<unknown> => {
    const query = 'count_over_time(seconds[5m]) + histogram_count(seconds)';
    const { series } = await metrics.query({ query, startMs: at, endMs: at, stepMs: 0 });
    return series[0]?.values[0];
  };
  const [first, second] = [sectionsUpTo(1), sectionsUpTo(2)];
  head.take(first, 1);
  assert.equal(await counts(), 1 + 1);
  await insert(first);
  head.take(second, 5);
  assert.equal(await counts(), 2 + 2, 'one from the store, which has it twice now, and one from memory');
  head.loadedBefore(2);
  assert.equal(await counts(), 2 + 2);
  await insert(second);
  head.loadedBefore(6);
  assert.deepEqual(head.unloadedHistograms.all, []);
  assert.equal(await counts(), 2 + 2);
});
