import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from './migrate.ts';
import { batchIdTail, encodeBlock } from './native/encode.ts';
import { ALWAYS, type LogPredicate, renderPredicate } from './reads/log_predicate.ts';
import { readLogSectionsBefore } from './reads/log_sections.ts';
import { countLogValues } from './reads/log_values.ts';
import { readLogs } from './reads/logs.ts';
import { readCount, readRows } from './rows.ts';
import { sql, trusted } from './sql.ts';
import { openStore, type Store } from './store.ts';
import { TABLES } from './tables.ts';
import { placingInsert } from './trace_places.ts';
import { StoreError } from './types.ts';

const OLD = { database: 'places_old' };
const NEW = { database: 'places_new' };
const START_NS = 1_790_000_000_000_000_000n;
const ROWS = 8192;
const RANGE = { startNs: START_NS, endNs: START_NS + 1_000_000n } as const;

/** 8,192 lines, four granules; two of three have an id of their own in the line, where it is text, JSON or the beginning. */
const LINES = sql`INSERT INTO otel_logs (Timestamp, StreamId, TraceId, ServiceName, Body)
  SELECT addNanoseconds(toDateTime64(1790000000, 9), number), 1, if(number % 3 = 0, '', id), 'web',
    multiIf(number % 3 = 0, 'no id here, word', number % 6 = 1, concat('paid trace_id=', id, ' amount=12'),
      number % 12 = 2, concat('{"msg":"paid","trace_id":"', id, '","logger":"a.b"}'), concat(id, ' at the beginning, ', repeat('of a long line ', 20)))
  FROM (SELECT number, lower(hex(sipHash128(number))) AS id FROM numbers(8192))`;

let directory: string;
let store: Store;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'places-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  for (const place of [OLD, NEW]) await store.ensureDatabase(place.database);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

type Place = typeof OLD;
const NAMES = TABLES.otel_logs.map(([name]) => name);

const count = async (statement: string, place: Place): Promise<number> =>
  readCount((await store.writer.collect(trusted(statement), place)).blocks);

/** Time and trace id of every record that a predicate holds for. */
async function records(predicate: LogPredicate, place: Place): Promise<readonly string[]> {
  const found: string[] = [];
  const request = { ...RANGE, predicate, direction: 'forward', withResource: false } as const;
  for await (const rows of readLogs(store.reader, request, place))
    for (let row = 0; row < rows.rows; row++) found.push(`${rows.times[row]} ${rows.traceId(row)} ${rows.body(row)}`);
  return found;
}

async function granulesRead(predicate: LogPredicate, place: Place): Promise<number> {
  const { blocks } = await store.reader.collect(
    sql`EXPLAIN indexes = 1 SELECT Body FROM otel_logs WHERE ${renderPredicate(predicate)}`,
    place,
  );
  const granules = readRows(blocks)
    .flat()
    .flatMap((line) => /Granules: (\d+)\/\d+/.exec(String(line))?.[1] ?? []);
  return granules.length === 0 ? 0 : Math.min(...granules.map(Number));
}

const traceIs = (...values: readonly string[]): LogPredicate => ({
  kind: 'column',
  column: 'TraceId',
  test: { kind: 'in', values },
});
const contains = (needle: string): LogPredicate => ({
  kind: 'column',
  column: 'Body',
  test: { kind: 'contains', needle },
});

/** The table as it was before, with its lines. */
async function makeOld(): Promise<void> {
  for (const statement of [
    'ALTER TABLE otel_logs DROP INDEX line_words',
    'ALTER TABLE otel_logs DROP INDEX trace_ids',
    "ALTER TABLE otel_logs ADD INDEX indexed_words translate(lower(replaceOne(replaceOne(concat(Body, ' '), concat('=', TraceId, ' '), '= '), concat('\"', TraceId, '\"'), '\"\"')), '0123456789', '0001112222') TYPE text(tokenizer = 'splitByNonAlpha', posting_list_codec = 'bitpacking')",
    'ALTER TABLE otel_logs ADD INDEX trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
    'DELETE FROM schema_version WHERE version >= 24',
  ])
    await store.writer.command(trusted(statement), OLD);
  await store.writer.command(LINES, OLD);
}

/** The lines of the old table, in eight blocks as they come in, each with the rows of a batch. */
async function blocks(): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let block = 1; block <= 8; block++) {
    const some = { beforeNs: START_NS + BigInt((block * ROWS) / 8), most: ROWS / 8, mostRows: ROWS };
    for await (const section of readLogSectionsBefore(store.reader, some, OLD))
      chunks.push(section.block, batchIdTail(section.rows, 7n));
  }
  return chunks;
}

test('lines stored before get the indexes in the background, and all are found meanwhile', async () => {
  await makeOld();
  const all = (await records(ALWAYS, OLD)).length;
  assert.equal(all, ROWS);
  await migrate([store.writer], OLD.database, { kind: 'local' });
  assert.deepEqual((await records(ALWAYS, OLD)).length, ROWS);
  const left = "SELECT count() FROM system.mutations WHERE database = 'places_old' AND NOT is_done";
  for (let n = 0; n < 150 && (await count(left, OLD)) > 0; n++) await delay(100);
  assert.equal(await granulesRead(traceIs('f'.repeat(32)), OLD), 0);
  assert.equal(await granulesRead(contains('absent'), OLD), 0);
  const names = await store.writer.collect(
    trusted(
      "SELECT name FROM system.data_skipping_indices WHERE database = 'places_old' AND table = 'otel_logs' ORDER BY name",
    ),
    OLD,
  );
  assert.deepEqual(readRows(names.blocks).flat(), ['line_words', 'request_id', 'trace_ids', 'user_id']);
});

test('several blocks become one part, an insert cut short leaves nothing, and columns may be left out of blocks', async () => {
  const chunks = await blocks();
  assert.ok(chunks.length >= 16);
  const last = chunks.at(-1) as Uint8Array;
  const cut = [...chunks.slice(0, -1), last.subarray(0, last.length - 10)];
  await assert.rejects(store.writer.insert('otel_logs', NAMES, cut, NEW), StoreError);
  assert.equal(await count('SELECT count() FROM otel_logs', NEW), 0);
  await store.writer.insert('otel_logs', NAMES, chunks, NEW);
  const parts = "SELECT count() FROM system.parts WHERE database = 'places_new' AND table = 'otel_logs' AND active";
  assert.equal(await count(parts, NEW), 1);
  const few = encodeBlock(
    [
      ['Timestamp', 'DateTime64(9)'],
      ['Body', 'String'],
      ['batch_id', 'UInt64'],
    ],
    [
      { kind: 'number', values: BigInt64Array.of(START_NS + 2_000_000n) },
      { kind: 'strings', values: ['neither id nor service'] },
      { kind: 'number', values: BigUint64Array.of(8n) },
    ],
    1,
  );
  await store.writer.insert('otel_logs', NAMES, [few], NEW);
  assert.equal(
    await count("SELECT count() FROM otel_logs WHERE TraceId = '' AND ServiceName = '' AND batch_id = 8", NEW),
    1,
  );
  await store.writer.command(sql`OPTIMIZE TABLE otel_logs FINAL`, NEW);
});

test('ids that are references are read, searched and counted as they were sent', async () => {
  assert.equal(await count('SELECT countIf(length(TraceId) = 32) FROM otel_logs WHERE batch_id = 7', NEW), 0);
  const all = await records(ALWAYS, OLD);
  assert.deepEqual(await records(ALWAYS, NEW), all);
  const [, id = ''] = (all[4711] ?? '').split(' ');
  assert.match(id, /^[0-9a-f]{32}$/);
  for (const predicate of [traceIs(id), contains(id)]) {
    assert.deepEqual(await records(predicate, NEW), [all[4711]]);
    assert.equal(await granulesRead(predicate, NEW), 1);
  }
  for (const predicate of [
    traceIs(''),
    { kind: 'not', part: traceIs('') },
    traceIs(id, ''),
    contains('paid trace'),
  ] as const)
    assert.deepEqual(await records(predicate, NEW), await records(predicate, OLD));
  const request = { ...RANGE, predicate: ALWAYS, value: 'TraceId', byStream: false, limit: 1000 } as const;
  const counted = (await countLogValues(store.reader, request, OLD)).rows;
  assert.deepEqual((await countLogValues(store.reader, request, NEW)).rows, counted);
  assert.ok((await filling(NEW)).equals(await filling(OLD)), 'what fills memory after a start');
});

test('a name that is no column of the table does not get into the statement', () => {
  assert.throws(() => placingInsert([...NAMES, "x String') --"]), StoreError);
});

test('no column of the table has a default that blocks without it would not get', async () => {
  const { blocks } = await store.writer.collect(
    trusted(`SELECT name FROM system.columns WHERE database = 'places_new' AND table = 'otel_logs'
      AND default_kind = 'DEFAULT' AND default_expression NOT IN ('0', '''''')`),
    NEW,
  );
  assert.deepEqual(readRows(blocks).flat(), []);
});

async function filling(place: Place): Promise<Buffer> {
  const everything = { beforeNs: RANGE.endNs, most: ROWS, mostRows: ROWS };
  const found: Uint8Array[] = [];
  for await (const { block } of readLogSectionsBefore(store.reader, everything, place)) found.push(block);
  return Buffer.concat(found);
}
