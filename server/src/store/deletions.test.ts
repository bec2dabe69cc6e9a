import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type OpenPlace, PLACES, TENANT } from './places.ts';
import { readCount } from './rows.ts';
import { bind, identifier, sql, trusted } from './sql.ts';

const OPTIONS = { database: TENANT };
const T = 1_790_000_000_000;

for (const place of PLACES) {
  describe(`deleting series, ${place.name}`, () => {
    let open: OpenPlace;
    before(async () => {
      open = await place.open();
      for (const id of [1, 2, 3]) {
        await open.store.writer.command(
          sql`INSERT INTO series (day, id, metric, labels, created, batch_id)
            SELECT toDate(${bind.timeMs(T)}), ${bind.uint64(id)}, 'm', map('__name__', 'm'), now64(3), ${bind.uint64(id)}`,
          OPTIONS,
        );
        await open.store.writer.command(
          sql`INSERT INTO samples (series, ts, mantissa, exponent, batch_id)
            SELECT ${bind.uint64(id)}, ${bind.timeMs(T)} + toIntervalMillisecond(number * 1000), number, 0, ${bind.uint64(id)}
            FROM numbers(100)`,
          OPTIONS,
        );
      }
    });
    after(() => open.close());

    const visible = async (table: string, column: string, id: number): Promise<number> =>
      readCount(
        (
          await open.store.reader.collect(
            sql`SELECT count() FROM ${identifier(table)} WHERE ${identifier(column)} = ${bind.uint64(id)}`,
            OPTIONS,
          )
        ).blocks,
      );
    /** Rows in parts, masked ones too. */
    const onDisk = async (id: number): Promise<number> => {
      let rows = 0;
      for (const server of open.servers) {
        const statement = sql`SELECT count() FROM ${identifier(open.partsOf('samples'))}
          WHERE series = ${bind.uint64(id)} ${trusted('SETTINGS apply_deleted_mask = 0')}`;
        rows += readCount((await server.collect(statement, OPTIONS)).blocks);
      }
      return rows;
    };

    test('a stretch of one series is gone for readers at once, everything else stays', async () => {
      const gone = await open.store.deletions.run(TENANT, {
        ids: BigUint64Array.of(1n),
        fromMs: T + 10_000,
        toMs: T + 19_000,
      });
      assert.deepEqual([...gone], []);
      assert.equal(await visible('samples', 'series', 1), 90);
      assert.equal(await visible('samples', 'series', 2), 100);
      assert.equal(await visible('series', 'id', 1), 1);
    });

    test('a series without anything left is forgotten', async () => {
      const gone = await open.store.deletions.run(TENANT, {
        ids: BigUint64Array.of(2n, 77n),
        fromMs: 0,
        toMs: T + 1_000_000,
      });
      assert.deepEqual([...gone], [2n, 77n]);
      assert.equal(await visible('samples', 'series', 2), 0);
      assert.equal(await visible('series', 'id', 2), 0);
      assert.equal(await visible('series', 'id', 3), 1);
    });

    test('cleaning takes the rows from the disk', async () => {
      assert.equal(await onDisk(2), 100);
      await open.store.deletions.clean(TENANT);
      assert.equal(await onDisk(2), 0);
      assert.equal(await onDisk(1), 90);
      assert.equal(await onDisk(3), 100);
    });

    test('a request is kept until it is done', async () => {
      const request = { id: 'a', selectors: ['m{x="1"}'], fromMs: 5, toMs: 9 };
      await open.store.deletions.request(TENANT, request);
      assert.deepEqual(await open.store.deletions.pending(TENANT), [request]);
      await open.store.deletions.done(TENANT, request);
      assert.deepEqual(await open.store.deletions.pending(TENANT), []);
    });
  });
}
