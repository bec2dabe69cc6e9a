import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TableName } from '../model/section.ts';
import type { Day } from '../model/units.ts';
import { INDEXES_BUILT_BY_MERGES } from './client.ts';
import { encodeWithoutBlank } from './columns/blank_columns.ts';
import { schemaTables } from './migrate.ts';
import { decodeBlocks, decodeColumns } from './native/decode.ts';
import { countByBatch, countByBatches, detachedParts } from './parts.ts';
import { type OpenPlace, PLACES, TENANT } from './places.ts';
import { createRetention } from './retention.ts';
import { readCount, readRows, type Value } from './rows.ts';
import { SAMPLE_DAY, sampleBlock } from './sample_rows.ts';
import { bind, identifier, join, type Sql, sql } from './sql.ts';
import { TABLES } from './tables.ts';
import { StoreError } from './types.ts';

const TABLE_NAMES = Object.keys(TABLES) as TableName[];
const DAY = SAMPLE_DAY as Day;
const OPTIONS = { database: TENANT };

for (const place of PLACES) {
  describe(`the store, ${place.name}`, () => {
    let open: OpenPlace;
    before(async () => {
      open = await place.open();
    });
    after(() => open.close());

    const rowsOf = async (statement: Sql): Promise<readonly (readonly Value[])[]> =>
      readRows((await open.store.reader.collect(statement, OPTIONS)).blocks);
    const insert = (table: TableName, chunks: readonly Uint8Array[]): Promise<void> =>
      open.store.writer.insert(
        table,
        TABLES[table].map(([name]) => name),
        chunks,
        OPTIONS,
      );
    const partsOf = async (table: string): Promise<number> => {
      let parts = 0;
      for (const server of open.servers) {
        const statement = sql`SELECT count() FROM system.parts WHERE active AND database = ${bind.string(TENANT)} AND table = ${bind.string(open.partsOf(table))}`;
        parts += readCount((await server.collect(statement, OPTIONS)).blocks);
      }
      return parts;
    };
    const empty = async (table: TableName): Promise<void> => {
      for (const server of open.servers) {
        await server.command(sql`TRUNCATE TABLE ${identifier(open.partsOf(table))} SYNC`, OPTIONS);
      }
    };

    for (const table of TABLE_NAMES) {
      test(`${table} has the columns its writers send`, async () => {
        const described = new Map(
          (await rowsOf(sql`DESCRIBE TABLE ${identifier(table)}`)).map(([name, type]) => [name, type]),
        );
        for (const [name, type] of TABLES[table]) assert.equal(described.get(name), type, `${table}.${name}`);
      });

      test(`${table} gives back what was inserted`, async () => {
        await empty(table);
        const first = sampleBlock(table, 40, 1n, 1);
        const second = sampleBlock(table, 60, 1n, 2);
        await insert(table, [...first, ...second]);
        assert.equal(await partsOf(table), 1);
        const columns = join(
          TABLES[table].map(([name]) => columnName(name)),
          ', ',
        );
        const sent = readRows(decodeBlocks(Buffer.concat([...first, ...second])));
        assert.deepEqual(sorted(await rowsOf(sql`SELECT ${columns} FROM ${identifier(table)}`)), sorted(sent));
      });
    }

    test('every table of the schema has its columns listed', () => {
      assert.deepEqual([...schemaTables()].sort(), [...TABLE_NAMES].sort());
    });

    test('every index that is left to merges is there', async () => {
      const indexes = await rowsOf(
        sql`SELECT DISTINCT replaceOne(table, '_local', ''), name FROM system.data_skipping_indices WHERE database = ${bind.string(TENANT)}`,
      );
      const names = new Set(indexes.map((row) => row.join(' ')));
      for (const [table, indexes] of INDEXES_BUILT_BY_MERGES)
        for (const index of indexes) assert.ok(names.has(`${table} ${index}`), `${table} ${index}`);
    });

    test('creating a tenant again changes nothing', async () => {
      const before = await rowsOf(sql`SELECT version, name, time FROM schema_version ORDER BY version`);
      await open.store.ensureDatabase(TENANT);
      assert.deepEqual(await rowsOf(sql`SELECT version, name, time FROM schema_version ORDER BY version`), before);
      assert.deepEqual(await open.store.tenants(), [TENANT]);
    });

    for (const name of ['system', 'Default', '', 'a b', 'a`; DROP', 'x'.repeat(65), '1a']) {
      test(`${JSON.stringify(name.slice(0, 9))} is no tenant`, async () => {
        await assert.rejects(open.store.ensureDatabase(name), rejected);
      });
    }

    test('concatenated blocks beyond the usual insert size become one part', async () => {
      await empty('samples');
      const block = sampleBlock('samples', 60_000, 3n, 3);
      await insert('samples', Array.from({ length: 20 }, () => block).flat());
      assert.equal(await partsOf('samples'), 1);
      assert.equal(await countByBatch(open.store.reader, TENANT, 'samples', DAY, 3n), 1_200_000);
    });

    test('columns that a block leaves out get their defaults, whatever the blocks beside it have', async () => {
      await empty('otel_traces');
      const [whole, tail] = sampleBlock('otel_traces', 40, 9n, 7);
      assert.ok(whole !== undefined && tail !== undefined);
      const { rows, columns } = decodeColumns(whole, -1);
      const names = TABLES.otel_traces.map(([name]) => name);
      const left = new Set([
        'TraceState',
        'SpanName',
        'ResourceAttributes',
        'OtlpNumbers',
        'ScopeAttributes',
        'Exceptions',
      ]);
      const isLeft = (name = ''): boolean => left.has(name) || name.startsWith('Events.') || name.startsWith('Links.');
      const kept = columns.map((column, i) => (isLeft(names[i]) ? undefined : column));
      const few = encodeWithoutBlank('otel_traces', kept, rows);
      await insert('otel_traces', [few, tail, whole, tail, few, tail]);
      assert.equal(await partsOf('otel_traces'), 1);
      const blank = sql`SELECT count() FROM otel_traces WHERE TraceState = '' AND SpanName = '' AND empty(ResourceAttributes)
        AND empty(OtlpNumbers) AND empty(ScopeAttributes) AND empty(Events.Attributes) AND empty(Links.TraceId) AND Exceptions = 0`;
      const { reader } = open.store;
      assert.equal(readCount((await reader.collect(blank, OPTIONS)).blocks), 80);
      const sent = sql`SELECT count(), uniqExact(TraceId, SpanId, Timestamp, Duration, SampleWeight) FROM otel_traces`;
      assert.deepEqual(
        (await rowsOf(sent)).map((row) => row.map(Number)),
        [[120, 40]],
      );
    });

    test('an insert cut short leaves nothing behind', async () => {
      await empty('samples');
      const [head, tail] = sampleBlock('samples', 60_000, 4n, 4);
      assert.ok(head !== undefined && tail !== undefined);
      const chunks = [head, tail, head, tail.subarray(0, tail.length - 100)];
      await assert.rejects(insert('samples', chunks), StoreError);
      assert.equal(await countByBatch(open.store.reader, TENANT, 'samples', DAY, 4n), 0);
      assert.equal(await partsOf('samples'), 0);
    });

    test('batches are found by their id, table and day', async () => {
      await empty('otel_logs');
      for (const batch of [10n, 11n, 12n, 13n]) await insert('otel_logs', sampleBlock('otel_logs', 25, batch, 5));
      await insert('otel_logs', sampleBlock('otel_logs', 5, 2n ** 64n - 1n, 6));
      const count = (day: Day | 0, batch: bigint): Promise<number> =>
        countByBatch(open.store.reader, TENANT, 'otel_logs', day, batch);
      assert.equal(await count(DAY, 12n), 25);
      assert.equal(await count(DAY, 2n ** 64n - 1n), 5);
      assert.equal(await count(DAY, 99n), 0);
      assert.equal(await count(20261123 as Day, 12n), 0);
      const several = await countByBatches(open.store.reader, TENANT, 'otel_logs', DAY, [10n, 13n, 99n]);
      assert.deepEqual([...several].sort(), [
        [10n, 25],
        [13n, 25],
      ]);
      await insert('state', sampleBlock('state', 3, 14n, 7));
      assert.equal(await countByBatch(open.store.reader, TENANT, 'state', 0, 14n), 3);
    });

    test('text is found with its index built and before', async () => {
      await empty('otel_logs');
      for (const batch of [20n, 21n]) await insert('otel_logs', sampleBlock('otel_logs', 500, batch, 9));
      const indexed = async (): Promise<Value | undefined> =>
        (await rowsOf(sql`SELECT count() FROM otel_logs WHERE hasAllTokens(IndexedWords, 'ment')`))[0]?.[0];
      const scan = sql`SELECT count() FROM otel_logs WHERE hasAllTokens(IndexedWords, 'ment') SETTINGS use_skip_indexes = 0`;
      const scanned = readRows((await open.store.writer.collect(scan, OPTIONS)).blocks)[0]?.[0];
      const before = await indexed();
      assert.ok(typeof before === 'bigint' && before > 0n);
      for (const server of open.servers) {
        await server.command(sql`OPTIMIZE TABLE ${identifier(open.partsOf('otel_logs'))} FINAL`, OPTIONS);
      }
      assert.equal(await indexed(), before);
      assert.equal(before, scanned);
    });

    test('a batch lies on one server whole', async () => {
      await empty('samples');
      for (let batch = 1n; batch <= 8n; batch++) await insert('samples', sampleBlock('samples', 50, batch, 8));
      for (const server of open.servers) {
        const statement = sql`SELECT batch_id, count() FROM ${identifier(open.partsOf('samples'))} GROUP BY 1`;
        for (const [, rows] of readRows((await server.collect(statement, OPTIONS)).blocks)) assert.equal(rows, 50n);
      }
      assert.equal((await rowsOf(sql`SELECT count() FROM samples`))[0]?.[0], 400n);
    });

    test('nothing is reported lost in a healthy store', async () => {
      assert.deepEqual(await detachedParts(open.store.reader), []);
    });

    test('retention drops the days that are over and no other', async () => {
      await empty('samples');
      const at = (day: string): Sql =>
        sql`INSERT INTO samples (series, ts, mantissa, exponent) SELECT 1, ${{ type: 'DateTime64(3)', value: `${day} 23:59:59.999` }}, 1, 0`;
      for (const day of ['2026-10-22', '2026-10-23', '2026-11-21', '2026-11-22'])
        await open.store.writer.command(at(day), OPTIONS);
      let wall = Date.UTC(2026, 10, 22, 12);
      let steady = 0;
      const clock = { wallMs: () => wall, monotonicMs: () => steady };
      const retention = createRetention(open.servers, { metrics: 30, logs: 14, traces: 7 }, clock);
      const round = await retention.run();
      assert.ok(round.kind === 'done');
      assert.deepEqual(
        round.dropped.map(({ table, partition }) => [table, partition]),
        [[open.partsOf('samples'), '20261022']],
      );
      const left = await rowsOf(sql`SELECT toString(toDate(ts)) FROM samples ORDER BY 1`);
      assert.deepEqual(left.flat(), ['2026-10-23', '2026-11-21', '2026-11-22']);
      // Ten days in one steady hour: the clock is wrong, or was.
      wall += 10 * 86_400_000;
      steady += 3_600_000;
      assert.equal((await retention.run()).kind, 'paused');
      assert.equal((await rowsOf(sql`SELECT count() FROM samples`))[0]?.[0], 3n);
      const later = await retention.run();
      assert.ok(later.kind === 'done');
      const samples = later.dropped.filter(({ table }) => table === open.partsOf('samples'));
      assert.deepEqual(
        samples.map(({ partition }) => partition),
        ['20261023'],
      );
    });
  });
}

/** Nested columns keep their dot inside one name. */
function columnName(name: string): Sql {
  return name.includes('.') ? { text: `\`${name}\``, params: [] } : identifier(name);
}

function sorted(rows: readonly (readonly Value[])[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))).sort();
}

function rejected(error: unknown): boolean {
  return error instanceof StoreError && error.kind === 'rejected';
}
