import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectReader } from './client.ts';
import { type OpenPlace, PLACES, TENANT } from './places.ts';
import { readCount, readRows } from './rows.ts';
import { bind, type Sql, sql } from './sql.ts';
import { type QueryOptions, StoreError, type StoreReader } from './types.ts';

const OPTIONS = { database: TENANT };
/** Far more work than any bound here allows. */
const ENDLESS = sql`SELECT max(sipHash64(number)) FROM numbers(1000000000000)`;
const UNBOUNDED = { ...OPTIONS, maxRowsToRead: 0, maxSeconds: 60 };

for (const place of PLACES) {
  describe(`queries of the store, ${place.name}`, () => {
    let open: OpenPlace;
    let reader: StoreReader;
    before(async () => {
      open = await place.open();
      reader = open.store.reader;
    });
    after(() => open.close());

    const runningQueries = async (): Promise<number> => {
      let running = 0;
      for (const server of open.servers) {
        const statement = sql`SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND user = 'reader'`;
        running += readCount((await server.collect(statement, OPTIONS)).blocks);
      }
      return running;
    };
    const untilRunning = async (count: number): Promise<void> => {
      const deadline = Date.now() + 5000;
      while ((await runningQueries()) !== count) {
        assert.ok(Date.now() < deadline, `never ${count} queries`);
        await delay(10);
      }
    };

    for (const [bound, statement, options] of [
      ['time', ENDLESS, { maxRowsToRead: 0, maxSeconds: 0.3 }],
      ['memory', sql`SELECT length(groupArray(number)) FROM numbers(20000000)`, { maxMemoryBytes: 30_000_000 }],
      ['rows read', sql`SELECT sum(number) FROM numbers(1000000)`, { maxRowsToRead: 1000 }],
      ['result rows', sql`SELECT number FROM numbers(100000)`, { maxResultRows: 1000 }],
      ['result bytes', sql`SELECT number FROM numbers(1000000)`, { maxResultBytes: 1_000_000 }],
    ] as const satisfies readonly (readonly [string, Sql, Partial<QueryOptions>])[]) {
      test(`the bound on ${bound} ends a query with a limit error`, async () => {
        const limit = (error: unknown): boolean =>
          error instanceof StoreError && error.kind === 'limit' && error.code > 0;
        await assert.rejects(reader.collect(statement, { ...OPTIONS, ...options }), limit);
        await assert.rejects(async () => {
          for await (const _ of reader.query(statement, { ...OPTIONS, ...options }));
        }, limit);
      });
    }

    test('the bounds are on when nobody asks for them', async () => {
      const settings = sql`SELECT name, value FROM system.settings WHERE name IN ('max_execution_time', 'max_memory_usage', 'max_rows_to_read', 'max_result_bytes') ORDER BY name`;
      assert.deepEqual(readRows((await reader.collect(settings, OPTIONS)).blocks), [
        ['max_execution_time', '30'],
        ['max_memory_usage', String(512 * 1024 * 1024)],
        ['max_result_bytes', String(64 * 1024 * 1024)],
        ['max_rows_to_read', '500000000'],
      ]);
    });

    test('aborting stops the query in the engine', async () => {
      const abort = new AbortController();
      const query = reader.collect(ENDLESS, { ...UNBOUNDED, signal: abort.signal });
      const settled = assert.rejects(query, (error) => error instanceof StoreError && error.kind === 'cancelled');
      await untilRunning(1);
      abort.abort();
      await settled;
      await untilRunning(0);
    });

    test('leaving a result early stops the query in the engine', async () => {
      const statement = sql`SELECT number, sipHash64(number) FROM numbers(1000000000000)`;
      for await (const block of reader.query(statement, { ...UNBOUNDED, maxResultBytes: 0 })) {
        assert.ok(block.rows > 0);
        break;
      }
      await untilRunning(0);
    });

    test('a signal aborted before asks nothing', async () => {
      const cancelled = (error: unknown): boolean => error instanceof StoreError && error.kind === 'cancelled';
      await assert.rejects(reader.collect(ENDLESS, { ...UNBOUNDED, signal: AbortSignal.abort() }), cancelled);
    });

    test('an error in the middle of a result is thrown after the blocks before it', async () => {
      let rows = 0;
      const failing = sql`SELECT throwIf(number = 3000000), number FROM numbers(4000000)`;
      await assert.rejects(
        async () => {
          for await (const block of reader.query(failing, { ...OPTIONS, maxThreads: 1 })) rows += block.rows;
        },
        (error) => error instanceof StoreError && error.code === 395,
      );
      assert.ok(rows > 0 && rows <= 3_000_000, String(rows));
    });

    test('what a query cost is told', async () => {
      const { cost } = await reader.collect(sql`SELECT sum(number) FROM numbers(1000000)`, OPTIONS);
      assert.equal(cost.rowsRead, 1_000_000);
      assert.ok(cost.bytesRead >= 8_000_000 && cost.milliseconds > 0);
    });

    test('bound values arrive as they are, short and long', async () => {
      for (const text of [
        '',
        "a'b\\c\td\ne\0f",
        '{p0:String}',
        '😀',
        "'); DROP TABLE samples; --",
        `${'x\\\'"'.repeat(40_000)}`,
      ]) {
        const { blocks } = await reader.collect(
          sql`SELECT ${bind.string(text)}, ${bind.strings([text, 'b'])}[1]`,
          OPTIONS,
        );
        assert.deepEqual(readRows(blocks), [[text, text]], text.slice(0, 20));
      }
      const ids = BigUint64Array.from({ length: 200_000 }, (_, i) => 2n ** 64n - 1n - BigInt(i));
      const { blocks } = await reader.collect(
        sql`SELECT length(${bind.uint64s(ids)}), ${bind.string('after')}`,
        OPTIONS,
      );
      assert.deepEqual(readRows(blocks), [[200_000n, 'after']]);
    });

    for (const statement of [
      "SELECT * FROM file('/etc/passwd')",
      "SELECT file('/etc/passwd')",
      "SELECT `FILE` /* */ ('/etc/passwd')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
      "SELECT * FROM remote('127.0.0.1', 'system', 'one')",
      "SELECT * FROM s3('http://127.0.0.1:1/a.csv')",
      "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
      "SELECT * FROM executable('ls', 'CSV', 'a String')",
      "SELECT 1 INTO OUTFILE 'x'",
      'INSERT INTO samples (series) VALUES (1)',
      'CREATE TABLE x (a Int8) ENGINE = Memory',
      'DROP TABLE samples',
      'ALTER TABLE samples DELETE WHERE 1',
      "BACKUP TABLE samples TO File('x')",
      'SYSTEM SHUTDOWN',
      'SET readonly = 0',
      'SELECT 1 SETTINGS readonly = 0',
      'SELECT 1 SETTINGS max_rows_to_sort = 1',
    ]) {
      test(`the reader may not: ${statement}`, async () => {
        await assert.rejects(
          reader.collect({ text: statement, params: [] }, OPTIONS),
          (error) => error instanceof StoreError && error.kind === 'rejected',
        );
      });
    }

    // Landlock that governs truncation came with Linux 6.2.
    const [major, minor] = release().split('.').map(Number) as [number, number];
    const confined = process.platform === 'linux' && major * 100 + minor >= 602;
    for (const path of [
      '/etc/passwd',
      '/etc/hostname',
      process.execPath.startsWith('/usr') ? '/root' : process.execPath,
      `/proc/${process.pid}/environ`,
    ]) {
      test(`no user of the engine reads ${path}`, { skip: !confined && 'no Landlock' }, async () => {
        for (const server of open.servers) {
          await assert.rejects(server.command(sql`SELECT length(file(${bind.string(path)}))`, OPTIONS), StoreError);
        }
      });
    }

    test('without the secret nobody is let in', async () => {
      const { secret: _, ...open_ } = open.store.readerConnection;
      const stranger = connectReader(open_);
      await assert.rejects(stranger.collect(sql`SELECT 1`, OPTIONS), StoreError);
      stranger.close();
      const plain = await fetch(`${open_.url}/?query=SELECT%201`);
      assert.equal(plain.status, 403);
    });
  });
}

test('a store that does not answer is unavailable', async () => {
  const nobody = connectReader({ url: 'http://127.0.0.1:1', user: 'reader', password: '' });
  await assert.rejects(
    nobody.collect(sql`SELECT 1`, OPTIONS),
    (error) => error instanceof StoreError && error.kind === 'unavailable' && error.code === 0,
  );
  nobody.close();
});
