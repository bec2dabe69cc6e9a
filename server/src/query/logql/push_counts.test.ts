import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ALWAYS, countLogValues } from '../../store/index.ts';
import { logHistogram } from '../logs/histogram.ts';
import { createLogqlEngine, type LogqlEngine } from './engine.ts';
import { DATABASE, insertRows, type Row, SECOND, START } from './generated_rows.ts';
import {
  type Asked,
  filter,
  type GeneratedStore,
  logOf,
  MINUTE_START,
  metric,
  observedReader,
  openGeneratedStore,
  type Shown,
  selector,
} from './generated_store.ts';
import { LogqlError } from './query_error.ts';

let generated: GeneratedStore;

before(async () => {
  generated = await openGeneratedStore();
});

after(() => generated.close());

const operation = fc.constantFrom('count_over_time', 'rate', 'bytes_over_time', 'bytes_rate');
const grouping = fc.constantFrom(
  '',
  ' by (service)',
  ' by (level, namespace)',
  ' by (trace_id)',
  ' by (http_method)',
  ' by (detected_level)',
  ' by (pod, app)',
  ' by ()',
);
const timing = fc.constantFrom(
  ['1m', 60n],
  ['30s', 60n],
  ['90s', 60n],
  ['5m', 45n],
  ['7s', 11n],
  ['1m] offset 30s #', 60n],
) as fc.Arbitrary<[string, bigint]>;

test('counts in SQL equal counts record by record', async () => {
  await fc.assert(
    fc.asyncProperty(selector, filter, filter, operation, grouping, timing, async (s, f, g, op, by, [range, step]) => {
      const window = range.includes('#') ? range.replace(' #', '') : `${range}]`;
      const query = `sum${by} (${op}(${s}${f}${g} [${window}))`;
      assert.deepEqual(
        await metric(generated.pushed, query, step * SECOND),
        await metric(generated.plain, query, step * SECOND),
        query,
      );
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 200 : 25, seed: 11 },
  );
});

function observed(): { readonly engine: LogqlEngine; readonly asked: Asked[] } {
  const { reader, asked } = observedReader(generated.store);
  return { engine: createLogqlEngine({ database: DATABASE, reader }), asked };
}

test('counts of services and levels by whole minutes read what parts have counted, and equal counts record by record', async () => {
  const { engine, asked } = observed();
  for (const query of [
    'sum by (namespace, detected_level) (count_over_time({namespace=~".+"}[1m]))',
    'sum(count_over_time({service="payments-api"}[5m]))',
    'sum by (app) (bytes_over_time({namespace="prod"} | detected_level="error" [2m] offset 1m))',
    'sum by (service) (rate({service=~".+"} | level!="info" [3m]))',
  ]) {
    for (const startNs of [MINUTE_START, MINUTE_START - 1n]) {
      asked.length = 0;
      const answer = await metric(engine, query, 60n * SECOND, startNs);
      assert.ok(answer.length > 0, query);
      assert.deepEqual(answer, await metric(generated.plain, query, 60n * SECOND, startNs), query);
      const counted = asked.find(({ text }) => text.includes('repeats'));
      assert.ok(
        counted !== undefined && counted.rowsRead < generated.rows.length,
        `${query}: ${counted?.rowsRead} rows read`,
      );
    }
  }
  const range = { log: logOf('{namespace=~".+"}'), startNs: START, endNs: START + 1200n * SECOND, buckets: 20 };
  assert.deepEqual(await logHistogram(engine, range), await logHistogram(generated.plain, range));
});

test('what services do not decide, or begins within a minute, is counted line by line', async () => {
  const { engine, asked } = observed();
  for (const [query, startNs] of [
    ['sum by (level) (count_over_time({namespace="prod"}[1m]))', MINUTE_START],
    ['sum(count_over_time({namespace="prod"} |= "card" [1m]))', MINUTE_START],
    ['sum(count_over_time({namespace="prod"}[90s]))', MINUTE_START],
    ['sum(count_over_time({namespace="prod"}[1m]))', MINUTE_START + 1n],
    ['sum(count_over_time({level="error", service="payments-api"}[1m]))', MINUTE_START],
  ] as const) {
    asked.length = 0;
    assert.deepEqual(
      await metric(engine, query, 60n * SECOND, startNs),
      await metric(generated.plain, query, 60n * SECOND, startNs),
    );
    assert.ok(!asked.some(({ text }) => text.includes('repeats')), query);
  }
});

test('aggregations of extracted values do not change with what the store decides', async () => {
  const values = fc.constantFrom(
    'quantile_over_time(0.9, # | json | unwrap status | __error__="" [5m]) by (namespace)',
    'sum by (namespace) (sum_over_time(# | json | unwrap status | __error__="" [5m]))',
    'max_over_time(# | json | __error__="" | user="u1" | unwrap status [5m]) by (user, status_extracted)',
    'sum by (user) (count_over_time(# | json | __error__="" [5m]))',
    'max by (pod) (sum by (pod, user) (count_over_time(# | json | drop __error__, __error_details__ [10m])))',
    'sum by (user_id) (count_over_time(# | json | drop __error__, __error_details__ [5m]))',
    'sum by (level, status) (rate(# | json | __error__="" [2m]))',
    'sum by (status) (bytes_over_time(# | json | __error__="" | level="error" [5m]))',
    'sum by (status) (count_over_time(# | json | level!~"error|warn" | __error__="" [5m]))',
    'sum (count_over_time(# | json | __error__="" | status!="500" [5m]))',
    'sum by (http_method, pod) (count_over_time(# | json | status=~"4.*|5.*|7" | __error__="" [5m]))',
    'sum by (trace_id, user) (count_over_time(# | json | __error__="" [5m]))',
    'count by (status) (count_over_time(# | json | __error__="" [5m]))',
  );
  await fc.assert(
    fc.asyncProperty(selector, filter, values, async (s, f, shape) => {
      const query = shape.replace('#', `${s}${f}`);
      const [a, b] = [await outcome(generated.pushed, query), await outcome(generated.plain, query)];
      assert.deepEqual(a, b, query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 250 : 25, seed: 17 },
  );
});

test('quantiles, least and greatest of values in plain JSON are counted by the store', async () => {
  const asked: string[] = [];
  const { reader } = generated.store;
  const counting = createLogqlEngine({
    database: DATABASE,
    reader: {
      ...reader,
      query: (statement, options) => {
        asked.push(statement.text);
        return reader.query(statement, options);
      },
    },
  });
  for (const query of [
    'quantile_over_time(0.9, {namespace=~".+"} |~ `"status"(:50[03]| : 7)` | json | __error__="" | unwrap status [5m]) by (user)',
    'min_over_time({namespace=~".+"} |~ `"status"(:500| : 7)` | json | unwrap status | __error__="" [90s]) by (user)',
    'max_over_time({namespace=~".+"} |= `"status":500` | json | unwrap status [5m]) by ()',
  ]) {
    asked.length = 0;
    const answer = await metric(counting, query, 45n * SECOND);
    assert.ok(answer.length > 0, query);
    assert.deepEqual(answer, await metric(generated.plain, query, 45n * SECOND), query);
    assert.ok(!asked.some((text) => text.includes('SELECT Timestamp, StreamId')), query);
  }
  const uneven = 'max_over_time({namespace=~".+"} | json | __error__="" | unwrap status | __error__="" [5m]) by (user)';
  assert.deepEqual(await outcome(counting, uneven), await outcome(generated.plain, uneven));
});

test('lines that may be repetitions cost what lies near them, not a second look at everything', async () => {
  const earlierMs = -4 * 3_600_000;
  const startNs = START + BigInt(earlierMs) * 1_000_000n;
  const rows = Array.from(
    { length: 40_000 },
    (_, i): Row => ({
      stream: i % 2,
      offsetMs: earlierMs + i * 30,
      line: `card ${i}`,
      severity: 'INFO',
      traceId: '',
      requestId: '',
      attributes: ['pod', i % 3 === 0 ? 'a' : 'b'],
    }),
  );
  await insertRows(generated.store, rows, () => 0);
  const [first, second] = rows.slice(20_000) as [Row, Row];
  await insertRows(generated.store, [first, second, { ...second, line: 'card late' }], () => 1);
  await insertRows(generated.store, [{ ...second, line: 'card late' }], () => 1);
  const { engine, asked } = observed();
  const { reader } = observedReader(generated.store);
  const query = 'sum by (pod) (count_over_time({namespace="prod"} |= "card" [90s]))';
  const answer = await metric(engine, query, 60n * SECOND, startNs);
  assert.deepEqual(answer, await metric(generated.plain, query, 60n * SECOND, startNs));
  const [again] = asked.filter(({ text }) => text.includes('GLOBAL IN'));
  assert.ok(again !== undefined && again.rowsRead < rows.length / 2, `${again?.rowsRead} rows read for four lines`);

  const range = { startNs, endNs: startNs + 1200n * SECOND, predicate: ALWAYS, byStream: false, limit: 10 };
  const values = await countLogValues(reader, { ...range, value: { name: 'pod' } }, { database: DATABASE });
  assert.equal(values.lines, rows.length + 1);
  assert.deepEqual(
    values.rows.map(({ value, lines }) => [value, lines]),
    [
      ['b', rows.filter(({ attributes }) => attributes[1] === 'b').length + (second.attributes[1] === 'b' ? 1 : 0)],
      ['a', rows.filter(({ attributes }) => attributes[1] === 'a').length + (second.attributes[1] === 'a' ? 1 : 0)],
    ],
  );
});

/** The series of a query, or the first line of why it has none. */
async function outcome(engine: LogqlEngine, query: string): Promise<Shown[] | string> {
  try {
    return await metric(engine, query);
  } catch (error) {
    if (error instanceof LogqlError) return error.message.split('\n')[0] ?? '';
    throw error;
  }
}
