import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from './migrate.ts';
import { renderSpanPredicate, type SpanPredicate } from './reads/span_predicate.ts';
import { readCount, readRows, type Value } from './rows.ts';
import { type Sql, sql, trusted } from './sql.ts';
import { openStore, type Store } from './store.ts';

const NEW = { database: 'blooms_new' };
const OLD = { database: 'blooms_old' };

let directory: string;
let store: Store;

const rowsOf = async (statement: Sql, place: { readonly database: string }): Promise<readonly (readonly Value[])[]> =>
  readRows((await store.writer.collect(statement, place)).blocks);

/** 8,192 spans, eight granules: users that one span has, routes that every granule has, one span with an array as `list`. */
const SPANS = sql`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, ResourceAttributes, SpanAttributes, SpanAttributeTypes)
  SELECT toDateTime64(1790000000 + intDiv(number, 100), 9), lower(leftPad(hex(number), 32, '0')), lower(leftPad(hex(number), 16, '0')), 'GET', 'web',
    map('pod', concat('pod-', toString(number % 7))),
    map('user', concat('u', toString(number)), 'route', concat('/', toString(number % 5)), 'list', if(number = 5000, '["u9"]', ''), if(number % 2 = 0, 'even', 'odd'), ''),
    if(number = 5000, 'ssjs', 'ssss')
  FROM numbers(8192)`;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'blooms-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  for (const place of [NEW, OLD]) await store.ensureDatabase(place.database);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const is = (scope: 'span' | 'resource' | 'any', key: string, ...values: readonly string[]): SpanPredicate => ({
  kind: 'attribute',
  scope,
  key,
  test: { kind: 'in', values },
});
/** As TraceQL's planner asks for an attribute. */
const orUnsure = (scope: 'span' | 'any', key: string, value: string): SpanPredicate => ({
  kind: 'or',
  parts: [is(scope, key, value), { kind: 'unsure', fields: [{ kind: 'attribute', scope, key }] }],
});
const typed = (key: string, operator: '=' | '!=', value: string): SpanPredicate => ({
  kind: 'field',
  field: { kind: 'attribute', scope: 'any', key },
  test: { kind: 'text', operator, value },
});

/** Predicates, how many spans they are true of, and of how many granules any is read. */
const ASKED: readonly (readonly [string, SpanPredicate, spans: number, granules: number])[] = [
  ['a value that one span has', is('span', 'user', 'u4711'), 1, 1],
  ['… in any scope', is('any', 'user', 'u4711'), 1, 1],
  ['… or a key of which the columns do not tell', orUnsure('any', 'user', 'u4711'), 1, 1],
  ['… where one span has such a key', orUnsure('span', 'list', 'u9'), 1, 1],
  ['… compared by its type', typed('user', '=', 'u4711'), 1, 1],
  ['two values', is('span', 'user', 'u3', 'u8000'), 2, 2],
  ['the value of another key', is('span', 'route', 'u4711'), 0, 1],
  ['no value at all', is('any', 'user', 'nobody'), 0, 0],
  ['a value of resources', is('resource', 'pod', 'pod-9'), 0, 0],
  ['a value that all granules have', is('resource', 'pod', 'pod-3'), 1170, 8],
  ['an empty value', is('span', 'even', ''), 4096, 8],
  ['an empty value or another', is('span', 'odd', '', 'x'), 4096, 8],
  ['another value', typed('user', '!=', 'u4711'), 8191, 8],
  ['no such value', { kind: 'not', part: is('span', 'user', 'u4711') }, 8191, 8],
];

/** Granules of the table that are read for a predicate. */
async function granulesRead(predicate: SpanPredicate, place: { readonly database: string }): Promise<number> {
  const plan = await rowsOf(
    sql`EXPLAIN indexes = 1 SELECT SpanId FROM otel_traces WHERE ${renderSpanPredicate(predicate)}`,
    place,
  );
  const granules = plan.flat().flatMap((line) => /Granules: (\d+)\/\d+/.exec(String(line))?.[1] ?? []);
  // No index left anything: the plan reads nothing.
  return granules.length === 0 ? 0 : Math.min(...granules.map(Number));
}

async function found(predicate: SpanPredicate, place: { readonly database: string }, indexes: 0 | 1): Promise<number> {
  const statement = sql`SELECT count() FROM otel_traces WHERE ${renderSpanPredicate(predicate)} SETTINGS use_skip_indexes = ${trusted(String(indexes))}`;
  return readCount((await store.writer.collect(statement, place)).blocks);
}

async function holdsIn(place: { readonly database: string }): Promise<void> {
  for (const [title, predicate, spans, granules] of ASKED) {
    assert.equal(await found(predicate, place, 1), spans, title);
    assert.equal(await found(predicate, place, 0), spans, `${title}, without indexes`);
    const read = await granulesRead(predicate, place);
    // One filter in a hundred tells of a value that it does not have.
    assert.ok(read === granules || (granules < 8 && read <= granules + 1), `${title}: ${read} granules are read`);
  }
}

test('an attribute’s value is looked for in the granules that may have it, and nowhere is one missed', async () => {
  await store.writer.command(SPANS, NEW);
  await store.writer.command(sql`OPTIMIZE TABLE otel_traces FINAL`, NEW);
  await holdsIn(NEW);
});

test('spans stored before the filters get them in the background and are found meanwhile', async () => {
  // The table as it was before.
  for (const statement of [
    'ALTER TABLE otel_traces DROP INDEX attribute_blooms',
    "ALTER TABLE otel_traces ADD INDEX attribute_values arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes)) TYPE text(tokenizer = 'array', posting_list_codec = 'bitpacking')",
    'ALTER TABLE otel_traces ADD INDEX unsure_keys UnsureKeys TYPE bloom_filter(0.01) GRANULARITY 1',
    'DELETE FROM schema_version WHERE version >= 22',
  ])
    await store.writer.command(trusted(statement), OLD);
  await store.writer.command(SPANS, OLD);
  await migrate([store.writer], OLD.database, { kind: 'local' });
  for (const [title, predicate, spans] of ASKED) assert.equal(await found(predicate, OLD, 1), spans, title);
  const left = sql`SELECT count() FROM system.mutations WHERE database = 'blooms_old' AND NOT is_done`;
  for (let n = 0; n < 150 && readCount((await store.writer.collect(left, OLD)).blocks) > 0; n++) await delay(100);
  await holdsIn(OLD);
  const names = await rowsOf(
    sql`SELECT name FROM system.data_skipping_indices WHERE database = 'blooms_old' AND table = 'otel_traces' ORDER BY name`,
    OLD,
  );
  assert.deepEqual(names.flat(), ['attribute_blooms', 'duration', 'exceptions', 'trace_id']);
});
