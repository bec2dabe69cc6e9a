import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { labelsToRecord, labelValue } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import type { Section } from '../../model/section.ts';
import { batchIdTail, decodeBlocks, type StoredSpanSums, sectionRows } from '../../store/index.ts';
import { type CallFacts, decodeFacts, encodeFacts, type SpanFacts } from './facts.ts';
import { spanMetricsSchema } from './settings.ts';
import { SpanMetrics } from './span_metrics.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const SETTINGS = v.parse(spanMetricsSchema, {});

function calls(name: string, seconds: readonly number[], weight = 1): CallFacts {
  const durations = seconds.map((each) => Math.round(each * 1e9));
  return { service: 'shop', name, kind: 2, status: 1, weight, bytes: 100, durations };
}

const facts = (...all: readonly CallFacts[]): SpanFacts => ({ timeMs: NOW, calls: all, halves: [] });

const NOTHING_EARLIER: StoredSpanSums = { position: { run: 0, number: 0 }, sums: [], facts: [] };

function setup(settings: object = {}, run = 1) {
  const interner = createMapInterner(100_000);
  const metrics = new SpanMetrics(run, { ...SETTINGS, ...settings });
  let token = 0;
  const answer = (stored: boolean): void => {
    const waits = metrics.waitFor(++token);
    if (waits !== undefined) metrics.answered(waits, stored);
  };
  return {
    metrics,
    take(all: SpanFacts, stored = true): Section {
      metrics.beginRequest();
      const section = metrics.take(all);
      answer(stored);
      return section;
    },
    /** The values of a flush's samples by series, the newest of each, and its sections. */
    flush(nowMs: number, earlier?: StoredSpanSums, stored = true) {
      metrics.beginRequest();
      const { sections } = metrics.flush(interner, nowMs, earlier === undefined ? {} : { earlier });
      answer(stored);
      const values = new Map<string, number>();
      for (const row of sections.filter(({ table }) => table === 'samples').flatMap(sectionRows)) {
        const { series, mantissa, exponent } = row as { series: bigint; mantissa: bigint; exponent: number };
        const labels = interner.labels(Number(series) - 1);
        const le = labelValue(labels, 'le');
        const { __name__: name, span_name: span = '' } = labelsToRecord(labels);
        values.set(`${name}${le === '' ? '' : `{${le}}`} ${span}`, Number(mantissa) * 10 ** exponent);
      }
      return { sections, values };
    },
  };
}

/** A section's rows, the last column as bytes. */
function rowsWithBytes(section: Section): Record<string, unknown>[] {
  const [block] = decodeBlocks(Buffer.concat([section.block, batchIdTail(section.rows, 0n)]));
  const column = block?.columns.at(-2);
  assert.ok(column?.kind === 'string');
  const name = block?.names.at(-2) ?? '';
  return sectionRows(section).map((row, i) => ({
    ...row,
    [name]: column.bytes.slice(column.offsets[i], column.offsets[i + 1]),
  }));
}

/** What the store would give back of sections. */
function stored(run: number, sections: readonly Section[]): StoredSpanSums {
  const rows = (table: string) => sections.filter((section) => section.table === table).flatMap(rowsWithBytes);
  const bytes = (value: unknown): Uint8Array<ArrayBuffer> => Uint8Array.from(value as Uint8Array);
  const sums = new Map(rows('span_sums').map((row) => [String(row.key), row]));
  const number = Math.max(0, ...rows('span_sums').map((row) => Number(row.number)));
  return {
    position: { run, number },
    sums: [...sums].map(([key, row]) => ({ key, sums: bytes(row.sums), timeMs: NOW })),
    facts: rows('span_facts')
      .filter((row) => Number(row.number) > number)
      .map((row) => bytes(row.facts)),
  };
}

test('facts come back as they were written', () => {
  const all: SpanFacts = {
    timeMs: NOW,
    calls: [calls('GET', [0, 0.001, 0.5, 100]), calls('PUT', [1 / 3], 2.5)],
    halves: [
      {
        low: 4_000_000_000,
        high: 7,
        own: 9,
        side: 'server',
        messaging: true,
        failed: true,
        root: false,
        service: 'shop',
        peer: 'bank',
        database: '',
        duration: 250_000_000,
        weight: 1.5,
        atMs: NOW + 0.5,
      },
      {
        low: 1,
        high: 2,
        own: 3,
        side: 'client',
        messaging: false,
        failed: false,
        root: false,
        service: 'shop',
        peer: '',
        database: '',
        duration: 60_000_000_001,
        weight: 1,
        atMs: 0,
      },
    ],
  };
  assert.deepEqual(decodeFacts(encodeFacts(all)), all);
});

test('spans count when they are stored, and only then', () => {
  const { take, flush } = setup();
  take(facts(calls('GET', [0.001, 0.003])));
  take(facts(calls('GET', [9])), false);
  const { values } = flush(NOW, NOTHING_EARLIER);
  assert.equal(values.get('traces_spanmetrics_calls_total GET'), 2);
  assert.equal(values.get('traces_spanmetrics_latency_count GET'), 2);
  assert.equal(values.get('traces_spanmetrics_latency_bucket{0.002} GET'), 1);
  assert.equal(values.get('traces_spanmetrics_latency_bucket{0.004} GET'), 2);
  assert.equal(values.get('traces_spanmetrics_latency_bucket{+Inf} GET'), 2);
  assert.equal(values.get('traces_spanmetrics_size_total GET'), 100);
});

test('a span that others were dropped for counts for them', () => {
  const { take, flush } = setup();
  take(facts(calls('GET', [0.001], 4), calls('GET', [0.001])));
  assert.equal(flush(NOW, NOTHING_EARLIER).values.get('traces_spanmetrics_calls_total GET'), 5);
});

test('nothing is written before it is known what earlier runs counted', () => {
  const { metrics, take, flush } = setup({}, 7);
  take(facts(calls('GET', [1])));
  assert.deepEqual(flush(NOW).sections, []);
  assert.equal(metrics.report().needsEarlier, 7);
  assert.equal(flush(NOW, NOTHING_EARLIER).values.get('traces_spanmetrics_calls_total GET'), 1);
});

test('a new run goes on from the sums and the facts behind them, whatever was or was not stored', () => {
  const first = setup({}, 1);
  const written: Section[] = [];
  written.push(first.take(facts(calls('GET', [0.1, 0.2]))));
  written.push(...first.flush(NOW, NOTHING_EARLIER).sections);
  written.push(first.take(facts(calls('GET', [0.3]))));
  // A flush the log did not take: its sums are not there.
  first.flush(NOW + 1000, undefined, false);
  written.push(first.take(facts(calls('GET', [0.4]))));

  const second = setup({}, 2);
  second.take(facts(calls('GET', [0.5])));
  const { values } = second.flush(NOW + 2000, stored(1, written));
  assert.equal(values.get('traces_spanmetrics_calls_total GET'), 5);
  assert.ok(Math.abs((values.get('traces_spanmetrics_latency_sum GET') ?? 0) - 1.5) < 1e-9);
});

test('samples the log did not take are written again', () => {
  const { take, flush } = setup();
  take(facts(calls('GET', [1])));
  flush(NOW, NOTHING_EARLIER, false);
  assert.equal(flush(NOW + 15_000).values.get('traces_spanmetrics_calls_total GET'), 1);
  assert.deepEqual(flush(NOW + 30_000).sections, []);
});

test('beyond the limit spans count in one series of overflow, and it is told how many', () => {
  const { metrics, take, flush } = setup({ limit: 2 });
  take(facts(calls('a', [1]), calls('b', [1]), calls('c', [1, 1]), calls('d', [1])));
  const { values } = flush(NOW, NOTHING_EARLIER);
  assert.equal(values.get('traces_spanmetrics_calls_total '), 3);
  assert.equal(metrics.report().overflowed, 3);
});

test('what was taken for a request that could not be decoded does not count', () => {
  const { metrics, take, flush } = setup();
  metrics.beginRequest();
  metrics.take(facts(calls('GET', [1])));
  take(facts(calls('GET', [1])));
  assert.equal(flush(NOW, NOTHING_EARLIER).values.get('traces_spanmetrics_calls_total GET'), 1);
});
