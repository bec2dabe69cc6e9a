import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { xxhash64 } from '../base/xxhash64.ts';
import { recordKeyText } from './log_deletions.ts';
import { type OpenPlace, PLACES, TENANT } from './places.ts';
import { readCount } from './rows.ts';
import { bind, identifier, sql, trusted } from './sql.ts';

const OPTIONS = { database: TENANT };
const START = 1_790_000_000n * 1_000_000_000n;
const DAY = 86_400n * 1_000_000_000n;
const REQUEST = { query: '{user_id="7"}', startNs: '0', endNs: '9' };

for (const place of PLACES) {
  describe(`deleting log records, ${place.name}`, () => {
    let open: OpenPlace;
    before(async () => {
      open = await place.open();
      for (const stream of [1, 2]) {
        await open.store.writer.command(
          sql`INSERT INTO log_streams (day, id, service, labels, created, batch_id)
            SELECT toDate(1790000000), ${bind.uint64(stream)}, 's', map('service', 's'), now64(3), ${bind.uint64(stream)}`,
          OPTIONS,
        );
        await open.store.writer.command(
          sql`INSERT INTO otel_logs (Timestamp, StreamId, ServiceName, UserId, Body, batch_id)
            SELECT toDateTime64(1790000000, 9) + toIntervalDay(number % 3), ${bind.uint64(stream)}, 's', toString(number % 2),
              concat('line ', toString(number), ' – ü'), ${bind.uint64(stream)} FROM numbers(12)`,
          OPTIONS,
        );
      }
    });
    after(() => open.close());

    const visible = async (table: string, where = trusted('1')): Promise<number> =>
      readCount(
        (await open.store.reader.collect(sql`SELECT count() FROM ${identifier(table)} WHERE ${where}`, OPTIONS)).blocks,
      );
    /** Rows in parts, masked ones too. */
    const onDisk = async (): Promise<number> => {
      let rows = 0;
      for (const server of open.servers) {
        const statement = sql`SELECT count() FROM ${identifier(open.partsOf('otel_logs'))} ${trusted('SETTINGS apply_deleted_mask = 0, optimize_use_projections = 0')}`;
        rows += readCount((await server.collect(statement, OPTIONS)).blocks);
      }
      return rows;
    };

    test('records are hidden by a predicate within a stretch of time, on every server', async () => {
      const predicate = { kind: 'column', column: 'UserId', test: { kind: 'in', values: ['1'] } } as const;
      await open.store.logDeletions.hide(TENANT, START, START + DAY, { kind: 'predicate', predicate });
      assert.equal(await visible('otel_logs'), 20);
      assert.equal(await visible('otel_logs', trusted("UserId = '1' AND toDate(Timestamp) = toDate(1790000000)")), 0);
      assert.equal(await onDisk(), 24);
    });

    test('records are hidden by the keys that are made here', async () => {
      const keys = BigUint64Array.from([0, 4], (n) =>
        xxhash64(Buffer.from(recordKeyText(START + BigInt(n % 3) * DAY, 1n, `line ${n} – ü`))),
      );
      await open.store.logDeletions.hide(TENANT, START, START + 3n * DAY, { kind: 'keys', keys });
      assert.equal(await visible('otel_logs'), 18);
      assert.equal(await visible('otel_logs', trusted("StreamId = 1 AND Body LIKE 'line 0 %'")), 0);
    });

    test('streams are forgotten when they have nothing left, and rows leave the disk when parts are cleaned', async () => {
      const all = { kind: 'predicate', predicate: { kind: 'streams', ids: [2n] } } as const;
      await open.store.logDeletions.hide(TENANT, 0n, START + 9n * DAY, all);
      assert.deepEqual(await open.store.logDeletions.forgetStreams(TENANT, [1n, 2n]), [2n]);
      assert.equal(await visible('log_streams'), 1);
      const left = await visible('otel_logs');
      await open.store.logDeletions.clean(TENANT);
      assert.equal(await onDisk(), left);
      assert.equal(await visible('otel_logs'), left);
    });

    test('requests are kept with the stage they have come to', async () => {
      const { logDeletions } = open.store;
      await logDeletions.note(TENANT, 'a', REQUEST, 'asked');
      await logDeletions.note(TENANT, 'b', { ...REQUEST, query: '{a="ü"}' }, 'asked');
      await logDeletions.note(TENANT, 'a', REQUEST, 'hidden');
      assert.deepEqual(
        (await logDeletions.all(TENANT)).map(({ id, body, version }) => [id, body.query, version]),
        [
          ['a', '{user_id="7"}', 2],
          ['b', '{a="ü"}', 1],
        ],
      );
    });
  });
}
