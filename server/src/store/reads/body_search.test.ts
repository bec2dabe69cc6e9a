import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import {
  ALWAYS,
  batchIdTail,
  bind,
  openStore,
  readLogSectionsBefore,
  readLogs,
  readRows,
  type Store,
  sql,
  TABLES,
  type TextTest,
} from '../index.ts';
import { wordPattern } from './body_search.ts';
import { renderPredicate } from './log_predicate.ts';

/** Rows as other programs write them, and as blocks of ours: there trace ids become places in their line. */
const OPTIONS = { database: 'trilith_body_search' };
const PLACED = { database: 'trilith_placed_search' };
const startNs = 1_790_000_000_000_000_000n;
const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const LONGER = `${ID}0123abcd`;
/** Every way an id stands in a line, and what looks like one. */
const LINES: readonly (readonly [traceId: string, line: string])[] = [
  [ID, `paid 502 in 12ms trace_id=${ID}`],
  [ID, `paid trace_id=${ID} user=U17 Declined`],
  [ID, `{"level":"info","trace_id":"${ID}","msg":"Card declined"}`],
  [ID, `[${ID}] deadbeef cafe`],
  [ID, `x${ID}y trace_id=${ID}, trace_id=${ID} again`],
  [ID, `trace_id=${ID}\nat a.b.C(D.java:502)`],
  [ID, `no id here, only ${'f'.repeat(32)}`],
  [ID, `00-${ID}-00f067aa0ba902b7-01`],
  ['', `sha1=${LONGER} trace_id= ""`],
  ['', `parent="${ID}" Straße größer 502`],
  ['a'.repeat(32), `trace_id=${'A'.repeat(32)} ${ID}`],
  ['', 'paid 511 of order 84213307'],
  ['', 'paid 412 of order 74213307, 384213307'],
  ['b'.repeat(32), `50%_off \\ "${'b'.repeat(32)}"=${'b'.repeat(32)} end`],
];
let directory: string;
let store: Store;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'body-search-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  for (const { database } of [OPTIONS, PLACED]) await store.ensureDatabase(database);
  const rows = LINES.map(([traceId, line], i) => [i, traceId, Buffer.from(line).toString('hex')].join(','));
  await store.writer.command(
    sql`INSERT INTO otel_logs (Timestamp, TraceId, Body) SELECT addNanoseconds(toDateTime64(1790000000, 9), toInt64(f[1])), f[2], unhex(f[3])
      FROM (SELECT splitByChar(',', arrayJoin(splitByChar(';', ${{ type: 'String', value: rows.join(';') }}))) AS f)`,
    OPTIONS,
  );
  const names = TABLES.otel_logs.map(([name]) => name);
  const everything = { beforeNs: startNs + 1000n, most: 1000, mostRows: 1000 };
  for await (const { rows: count, block } of readLogSectionsBefore(store.reader, everything, OPTIONS))
    await store.writer.insert('otel_logs', names, [block, batchIdTail(count, 1n)], PLACED);
  // Bloom filters are built by merges.
  await store.writer.command(sql`OPTIMIZE TABLE otel_logs FINAL`, PLACED);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function found(text: TextTest, negated = false): Promise<number[]> {
  const part = { kind: 'column', column: 'Body', test: text } as const;
  const predicate = negated ? ({ kind: 'not', part } as const) : part;
  const request = { startNs, endNs: startNs + 1000n, predicate, direction: 'forward', withResource: false } as const;
  const rowsOf = async (place: { readonly database: string }): Promise<number[]> => {
    const rows: number[] = [];
    for await (const block of readLogs(store.reader, request, place))
      for (const time of block.times) rows.push(Number(time - startNs));
    return rows;
  };
  const rows = await rowsOf(OPTIONS);
  assert.deepEqual(await rowsOf(PLACED), rows, 'where trace ids are places');
  return rows;
}

const having = (holds: (line: string) => boolean): number[] => LINES.flatMap(([, line], i) => (holds(line) ? [i] : []));

test('any part of a line is found in all lines that have it, and in no others', async () => {
  const part = fc
    .record({ of: fc.nat(LINES.length - 1), from: fc.nat(120), length: fc.integer({ min: 1, max: 60 }) })
    .map(({ of, from, length }) => (LINES[of]?.[1] ?? '').slice(from, from + length));
  await fc.assert(
    fc.asyncProperty(
      part.filter((text) => text !== ''),
      async (needle) => {
        const expected = having((line) => line.includes(needle));
        assert.deepEqual(await found({ kind: 'contains', needle }), expected, JSON.stringify(needle));
      },
    ),
    { numRuns: 40 },
  );
});

for (const needle of [
  ID,
  `=${ID}`,
  `"${ID}"`,
  `trace_id=${ID} user`,
  ID.slice(0, 31),
  LONGER,
  '502',
  '84213307',
  ' 84213307',
  'eclined',
  'absent',
])
  test(`lines with ${JSON.stringify(needle)}, and those without`, async () => {
    const expected = having((line) => line.includes(needle));
    assert.deepEqual(await found({ kind: 'contains', needle }), expected);
    assert.deepEqual(
      await found({ kind: 'contains', needle }, true),
      having((line) => !line.includes(needle)),
    );
  });

for (const word of [
  'declined',
  'CARD',
  ID,
  '502',
  '511',
  '84213307',
  'u17',
  'eclined',
  'größer',
  `trace id ${ID}`,
  'b'.repeat(32),
])
  test(`lines with the word ${word}`, async () => {
    const pattern = new RegExp(
      wordPattern(word)
        .replace('(?i)', '')
        .replaceAll(/\\p([LN])/g, '\\p{$1}'),
      'iu',
    );
    assert.deepEqual(
      await found({ kind: 'word', word }),
      having((line) => pattern.test(line)),
    );
  });

for (const place of [OPTIONS, PLACED])
  test(`a part of a word, a whole word and a trace id are answered by an index in ${place.database}`, async () => {
    const explained = async (needle: string): Promise<string> => {
      const where = renderPredicate({ kind: 'column', column: 'Body', test: { kind: 'contains', needle } });
      const { blocks } = await store.reader.collect(
        sql`EXPLAIN indexes = 1 SELECT count() FROM otel_logs WHERE ${where}`,
        place,
      );
      return readRows(blocks).flat().join('\n');
    };
    for (const needle of ['absent', ' absent ', ' 99994213307 ', `${'c'.repeat(32)}`])
      assert.match(await explained(needle), /Granules: 0\/1/);
    assert.doesNotMatch(await explained('502'), /Name: line_words/);
  });

test('a trace id that stands alone in its line is stored once, and read as it was sent', async () => {
  const request = {
    startNs,
    endNs: startNs + 1000n,
    predicate: ALWAYS,
    direction: 'forward',
    withResource: false,
  } as const;
  const ids: string[] = [];
  for await (const block of readLogs(store.reader, request, PLACED))
    for (let row = 0; row < block.rows; row++) ids.push(block.traceId(row));
  assert.deepEqual(
    ids,
    LINES.map(([traceId]) => traceId),
  );
  const { blocks } = await store.reader.collect(
    sql`SELECT toUnixTimestamp64Nano(Timestamp) - ${bind.int64(startNs)} FROM otel_logs WHERE startsWith(TraceId, '@') ORDER BY Timestamp`,
    PLACED,
  );
  // Not where it is a part of a longer word at first, nor where the line has it in another case, or not at all.
  assert.deepEqual(readRows(blocks).flat().map(Number), [0, 1, 2, 3, 5, 7, 13]);
});
