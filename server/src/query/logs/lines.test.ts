import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import { openStore, type Store, sql } from '../../store/index.ts';
import { createLogqlEngine, type LogqlEngine } from '../logql/engine.ts';
import type { NewestRecords } from '../logql/source.ts';
import { compareLogs } from './compare.ts';
import { logFieldValues } from './field_values.ts';
import type { LogLineView } from './line_view.ts';
import { type LogPage, logPage } from './lines.ts';

const DATABASE = 'trilith_log_lines';
const SECOND = 1_000_000_000n;
const startNs = 1_790_000_000n * SECOND;
const endNs = startNs + 100n * SECOND;
const LINES = 1_000;
let directory: string;
let store: Store;
let engine: LogqlEngine;

/** Three streams; ten lines of each second share its nanosecond, and each line was sent twice. */
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-lines-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  const lines = sql`INSERT INTO otel_logs (Timestamp, StreamId, SeverityText, ServiceName, Body, LogAttributes, RequestId, MayRepeat)
    SELECT toDateTime64(1790000000, 9) + intDiv(number, 10), number % 3 + 1, if(number % 7 = 0, 'ERROR', 'INFO'), 'a',
      concat('{"n":', toString(number), ',"code":"c', toString(number % 4), '"}'),
      if(number % 2 = 0, map('pod', concat('p', toString(number % 5))), map()), concat('r', toString(number)), 1 FROM numbers(1000)`;
  const statements = [
    sql`INSERT INTO log_streams (day, id, service, labels, created) SELECT toDate(1790000000), number + 1, 'a',
      map('service', 'a', 'part', toString(number)), toDateTime64(1790000000, 3) FROM numbers(3)`,
    lines,
    lines,
  ];
  for (const statement of statements) await store.writer.command(statement, { database: DATABASE });
  engine = createLogqlEngine({ reader: store.reader, database: DATABASE });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

function logOf(text: string) {
  const expr = parse(text);
  assert.ok(expr.kind === 'log');
  return expr;
}

async function pages(query: string, direction: 'forward' | 'backward', limit: number): Promise<LogPage[]> {
  const found: LogPage[] = [];
  for (let after: LogPage['next']; ; ) {
    const asked = { log: logOf(query), startNs, endNs, direction, limit };
    const page = await logPage(engine, after === undefined ? asked : { ...asked, after });
    found.push(page);
    after = page.next;
    if (after === undefined) return found;
  }
}

const idOf = (line: LogLineView): string => `${line.position.timeNs}.${line.position.streamId}.${line.hash}`;

for (const query of ['{service="a"}', '{service="a"} | json | n>=0']) {
  for (const [direction, limit] of [
    ['backward', 17],
    ['forward', 17],
    ['backward', 3],
    ['forward', 250],
  ] as const) {
    test(`pages of ${limit} ${direction} of ${query} hold each line once although ten share a time`, async () => {
      const lines = (await pages(query, direction, limit)).flatMap((page) => page.lines);
      assert.equal(lines.length, LINES);
      assert.equal(new Set(lines.map(idOf)).size, LINES);
      const times = lines.map((line) => line.position.timeNs);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => Number(direction === 'forward' ? a - b : b - a)),
      );
    });
  }
}

for (const [lines, limit] of [
  [2, 2],
  [3, 2],
  [9, 2],
] as const) {
  test(`a page of ${limit} that ends with ${lines} lines of one nanosecond in memory does not hide the stored ones`, async () => {
    const timeNs = startNs + 50n * SECOND + 1n;
    const newest: NewestRecords = {
      async *select(_selection, rest) {
        rest.endNs = timeNs;
        yield {
          rows: lines,
          times: new BigInt64Array(lines).fill(timeNs),
          streamId: () => 1n,
          stream: () => engine.index.byId(1n),
          metadata: () => [],
          line: String,
          virtual: () => () => undefined,
          identity: String,
        };
      },
      all: async () => undefined,
    };
    const asked = { log: logOf('{service="a"}'), startNs, endNs, direction: 'backward' as const, limit };
    const page = await logPage({ ...engine, newest }, asked);
    assert.equal(page.lines.length, lines);
    assert.deepEqual(page.next, { timeNs, streamId: 1n });
    const second = await logPage({ ...engine, newest }, { ...asked, after: { timeNs, streamId: 1n } });
    assert.equal(second.lines[0]?.position.timeNs, timeNs - 1n);
  });
}

test('a page is read again exactly between its two cursors', async () => {
  const [, second, third] = await pages('{service="a"}', 'backward', 40);
  assert.ok(second?.next !== undefined && third?.next !== undefined);
  const asked = { log: logOf('{service="a"}'), startNs, endNs, direction: 'backward' as const, limit: 5 };
  const again = await logPage(engine, { ...asked, after: second.next, until: third.next });
  assert.deepEqual(again.lines.map(idOf), third.lines.map(idOf));
});

test('a line says its level, its stream and its fields by origin', async () => {
  const asked = { startNs, endNs, direction: 'forward' as const, limit: 1 };
  const page = await logPage(engine, { log: logOf('{service="a"} | json | n="14"'), ...asked });
  const [line] = page.lines;
  assert.equal(line?.level, 'ERROR');
  assert.deepEqual(line?.stream.labels, ['part', '2', 'service', 'a']);
  assert.deepEqual(line?.parsed, ['code', 'c2', 'n', '14']);
  assert.deepEqual(line?.metadata, ['detected_level', 'error', 'pod', 'p4', 'request_id', 'r14']);
});

const counted: readonly [string, string, '' | 'json', readonly (readonly [string, number])[], number][] = [
  [
    '{service="a"}',
    'part',
    '',
    [
      ['0', 334],
      ['1', 333],
      ['2', 333],
    ],
    1000,
  ],
  [
    '{service="a"}',
    'level',
    '',
    [
      ['INFO', 857],
      ['ERROR', 143],
    ],
    1000,
  ],
  [
    '{service="a"}',
    'pod',
    '',
    [
      ['p0', 100],
      ['p1', 100],
      ['p2', 100],
    ],
    500,
  ],
  ['{service="a", part="0"}', 'service', '', [['a', 334]], 334],
  ['{service="a"} |= "c3"', 'code', 'json', [['c3', 250]], 250],
];
for (const [query, field, parser, values, carrying] of counted) {
  test(`the values of ${field} in ${query} are counted over the whole range, repeated lines once`, async () => {
    const found = await logFieldValues(engine, { log: logOf(query), field, parser, startNs, endNs, limit: 3 });
    assert.deepEqual(
      found.values.map((one) => [one.value, one.count]),
      values,
    );
    assert.equal(found.carrying, carrying);
    assert.equal(found.exact, true);
  });
}

test('a field with a value for every line is counted without being told whole', async () => {
  const asked = { log: logOf('{service="a"}'), field: 'request_id', parser: '' as const, startNs, endNs, limit: 2 };
  const found = await logFieldValues(engine, asked);
  assert.equal(found.distinct, LINES);
  assert.equal(found.carrying, LINES);
  assert.deepEqual(
    found.values.map((one) => one.count),
    [1, 1],
  );
});

test('two ranges differ in the fields whose values changed, and not in ids', async () => {
  const middle = startNs + 50n * SECOND;
  await store.writer.command(
    sql`INSERT INTO otel_logs (Timestamp, StreamId, SeverityText, ServiceName, Body) SELECT
      toDateTime64(1790001000, 9) + number, 1, if(number < 50, 'INFO', 'ERROR'), 'a',
      concat('{"id":"', toString(number), '","colour":"', if(number < 50, 'red', 'blue'), '","shape":"round"}') FROM numbers(100)`,
    { database: DATABASE },
  );
  const late = 1000n * SECOND;
  const found = await compareLogs(engine, {
    log: logOf('{service="a"}'),
    range: { startNs: middle + late, endNs: endNs + late },
    base: { startNs: startNs + late, endNs: middle + late },
    sample: 400,
  });
  assert.deepEqual(
    found.fields.map((field) => [field.name, field.difference]),
    [
      ['colour', 1],
      ['level', 1],
    ],
  );
  assert.deepEqual(
    found.fields[0]?.values.map((one) => [one.value, one.share, one.baseShare]),
    [
      ['blue', 1, 0],
      ['red', 0, 1],
    ],
  );
});

test('lines whose stream came after the last look at the streams are found, and only where they were asked for', async () => {
  const of = (query: string) => ({
    log: logOf(query),
    startNs: startNs - 10n * SECOND,
    endNs,
    direction: 'forward' as const,
    limit: 5,
  });
  // Clocks that stand still: both engines look at all streams once, before there is another one.
  const engines = [0, 1].map(() => createLogqlEngine({ reader: store.reader, database: DATABASE, now: () => 0 }));
  for (const each of engines) await logPage(each, of('{service="a"}'));
  for (const statement of [
    sql`INSERT INTO log_streams (day, id, service, labels, created) SELECT toDate(1790000000), 9, 'b',
      map('service', 'b'), toDateTime64(1790000000, 3)`,
    sql`INSERT INTO otel_logs (Timestamp, StreamId, ServiceName, Body)
      SELECT addNanoseconds(toDateTime64(1789999999, 9), number), 9, 'b', toString(number) FROM numbers(50)`,
  ])
    await store.writer.command(statement, { database: DATABASE });
  const [first, second] = engines as [LogqlEngine, LogqlEngine];
  const all = await logPage(first, of('{service=~".+"}'));
  assert.deepEqual(
    all.lines.map(({ line }) => line),
    ['0', '1', '2', '3', '4'],
  );
  const others = await logPage(second, of('{service="a"}'));
  assert.ok(others.lines.every(({ position }) => position.streamId !== 9n));
  assert.ok(others.lines.length >= 5);
});
