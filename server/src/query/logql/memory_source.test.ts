import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { readNewestNs } from '../../store/index.ts';
import { type LogPage, logPage } from '../logs/lines.ts';
import { fillBackwards } from '../recent_logs/fill.ts';
import { RecentLogs } from '../recent_logs/recent_logs.ts';
import { createLogqlEngine, type LogqlEngine } from './engine.ts';
import { DATABASE, SECOND, START, sectionOf } from './generated_rows.ts';
import {
  filter,
  type GeneratedStore,
  lines,
  logOf,
  MINUTE_START,
  metric,
  observedReader,
  openGeneratedStore,
  selector,
  shape,
} from './generated_store.ts';

let generated: GeneratedStore;

before(async () => {
  generated = await openGeneratedStore();
});

after(() => generated.close());

/** An engine that has the records from a moment on in memory, in requests that overlap in time. */
async function withMemory(fromMs: number, budgetBytes = 1e9) {
  const recent = new RecentLogs({ budgetBytes: () => budgetBytes, linesOfAStretch: 1_000, wholeBytes: 100_000 });
  const inMemory = generated.rows.filter(({ offsetMs }) => offsetMs >= fromMs - 60_000);
  // The last part is kept as it came, the others are packed.
  for (let part = 0; part < 7; part++) {
    const some = inMemory.filter(({ offsetMs }, i) => (offsetMs < 600_000 ? i % 3 : 3 + (i % 4)) === part);
    recent.append(sectionOf(some), 0);
  }
  recent.attach(0, START + BigInt(fromMs) * 1_000_000n - 1n);
  await recent.settled();
  recent.loadedBefore(1);
  const { asked, reader } = observedReader(generated.store);
  return { recent, asked, engine: createLogqlEngine({ database: DATABASE, reader, recent }) };
}

test('the newest lines are those of the generated.store, whatever of them is in memory', async () => {
  const { engine } = await withMemory(500_000);
  await fc.assert(
    fc.asyncProperty(selector, filter, fc.constantFrom(1, 20, 300, 5000), async (s, f, limit) => {
      const query = `${s}${f}`;
      const all = await lines(generated.plain, query);
      const newest = await lines(engine, query, limit);
      assert.equal(newest.length, Math.min(limit, all.length), query);
      const times = all.map(({ time }) => time).sort((a, b) => (a < b ? 1 : -1));
      const oldest = times[newest.length - 1] ?? 0n;
      const whole = (list: typeof all): string[] => shape(list.filter(({ time }) => time > oldest));
      assert.deepEqual(whole(newest), whole(all), query);
      if (limit >= all.length) assert.deepEqual(shape(newest), shape(all), query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 300 : 40, seed: 19 },
  );
});

test('lines with a text are those of the store where memory only knows what stood in the lines', async () => {
  const { engine, asked, recent } = await withMemory(0, 150_000);
  assert.ok(recent.floorNs !== undefined && recent.floorNs > START, 'lines were let go of');
  await lines(engine, '{namespace="prod"} |= "TimeoutError"', 1);
  asked.length = 0;
  const texts = fc.constantFrom(
    'Timeout',
    'card_declined',
    'by bank',
    'ошибка',
    'b_c\\\\d',
    'user_id',
    'lo World no',
    'absent0f1e2d3c',
  );
  await fc.assert(
    fc.asyncProperty(selector, texts, filter, fc.constantFrom(1, 20, 5000), async (s, text, f, limit) => {
      const query = `${s} |= "${text}"${f}`;
      const all = await lines(generated.plain, query);
      const newest = await lines(engine, query, limit);
      assert.equal(newest.length, Math.min(limit, all.length), query);
      if (limit >= all.length) assert.deepEqual(shape(newest), shape(all), query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 300 : 30, seed: 23 },
  );
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
  asked.length = 0;
  for (const query of ['{namespace="prod"} |= "absent0f1e2d3c"', '{namespace="prod"} |~ "nowhere|neither"'])
    assert.deepEqual(await lines(engine, query, 100), []);
  assert.deepEqual(
    asked.filter(({ text }) => text.includes('otel_logs')),
    [],
    'what is nowhere is not looked for',
  );
});

test('pages of the explorer hold each line once whatever of them is in memory, and what that has is not asked of the store', async () => {
  const { engine, asked } = await withMemory(500_000);
  const pagesOf = async (of: LogqlEngine, query: string): Promise<string[]> => {
    const log = logOf(query);
    const range = { startNs: START, endNs: START + 1201n * SECOND, direction: 'backward' as const, limit: 300 };
    const found: string[] = [];
    for (let after: LogPage['next']; ; ) {
      const page = await logPage(of, { log, ...range, ...(after === undefined ? {} : { after }) });
      found.push(...page.lines.map(({ position, hash }) => `${position.timeNs} ${position.streamId} ${hash}`));
      after = page.next;
      if (after === undefined) return found;
    }
  };
  for (const query of ['{namespace="prod"}', '{namespace=~".+"} |= "user" | json | status!=""']) {
    const [newest, all] = [await pagesOf(engine, query), await pagesOf(generated.plain, query)];
    assert.equal(new Set(newest).size, newest.length, query);
    assert.deepEqual(newest.toSorted(), all.toSorted(), query);
    assert.deepEqual(
      newest.map((line) => line.split(' ', 2).join(' ')),
      all.map((line) => line.split(' ', 2).join(' ')),
      query,
    );
  }
  asked.length = 0;
  const page = { startNs: START, endNs: START + 1201n * SECOND, direction: 'backward' as const, limit: 50 };
  assert.ok((await logPage(engine, { log: logOf('{namespace="prod"}'), ...page })).lines.length >= 50);
  assert.deepEqual(
    asked.filter(({ text }) => text.includes('otel_logs')),
    [],
  );
});

test('the store is not asked for lines that memory has enough of', async () => {
  const { engine, asked } = await withMemory(500_000);
  await lines(engine, '{namespace="prod"}', 1);
  asked.length = 0;
  assert.equal((await lines(engine, '{service="payments-api"} | level="error"', 20)).length, 20);
  assert.deepEqual(
    asked.filter(({ text }) => text.includes('otel_logs')),
    [],
  );
  assert.equal((await lines(engine, '{service="payments-api"} | level="error"', 20, 'forward')).length, 20);
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
});

test('what is counted record by record is counted out of memory where that has the whole range', async () => {
  const { engine, asked } = await withMemory(300_000);
  const from = MINUTE_START + 600n * SECOND;
  for (const query of [
    'sum by (namespace, word) (count_over_time({namespace=~".+"} | pattern "<word> <_>" [5m]))',
    'sum by (pod) (rate({namespace="prod"} |~ "[0-9]+" | label_format x="{{.namespace}}" [1m]))',
    'sum by (user) (sum_over_time({level="error"} | json | __error__="" | unwrap status | __error__="" [2m]))',
    'absent_over_time({service="payments-api"} |= "nowhere" | logfmt [1m])',
    'sum by (user) (count_over_time({namespace=~".+"} | level="error" |= "user" | logfmt user [2m]))',
    'sum by (word) (count_over_time({namespace=~"prod|dev"} | detected_level!~"warn|info" | pattern "<word> <_>" [1m]))',
    'sum by (pod) (count_over_time({service=~".+"} | severity="" | json | __error__="" | logfmt pod [1m]))',
  ]) {
    asked.length = 0;
    assert.deepEqual(
      await metric(engine, query, 60n * SECOND, from),
      await metric(generated.plain, query, 60n * SECOND, from),
      query,
    );
    assert.deepEqual(
      asked.filter(({ text }) => text.includes('otel_logs')),
      [],
      query,
    );
  }
  asked.length = 0;
  await metric(engine, 'sum(count_over_time({namespace="prod"} | logfmt [1m]))', 60n * SECOND, START);
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
});

test('what memory forgets or begins anew while it is counted is counted once', async () => {
  const query = 'sum by (word) (count_over_time({namespace=~".+"} | pattern "<word> <_>" [5m]))';
  const from = MINUTE_START + 600n * SECOND;
  const expected = await metric(generated.plain, query, 60n * SECOND, from);
  for (let turns = 0; turns < 8; turns++) {
    const { engine, recent } = await withMemory(300_000);
    await lines(engine, '{namespace="prod"}', 1);
    const counting = metric(engine, query, 60n * SECOND, from);
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    if (turns % 2 === 0) recent.reset();
    else recent.append(sectionOf(generated.rows.slice(0, 1)), 1);
    assert.deepEqual(await counting, expected, `after ${turns} turns`);
  }
});

test('memory that begins is filled from the store, which then need not be asked', async () => {
  const recent = new RecentLogs({ budgetBytes: () => 1e9 });
  const { asked, reader } = observedReader(generated.store);
  const newestNs = await readNewestNs(generated.store.reader, 'otel_logs', { database: DATABASE });
  recent.attach(0, newestNs);
  const onError = (error: unknown): void => assert.fail(String(error));
  await fillBackwards({ recent, reader, database: DATABASE, isWanted: () => true, onError, most: 700 });
  assert.equal(recent.floorNs, 0n, 'the store has nothing else');
  assert.ok(asked.length > 3, 'it was read in parts');
  const engine = createLogqlEngine({ database: DATABASE, reader, recent });
  for (const query of [
    '{namespace=~".+"} |= "user"',
    '{namespace="prod"} |= "ошибка card"',
    '{service="payments-api"}',
  ]) {
    const all = await lines(generated.plain, query);
    asked.length = 0;
    assert.deepEqual(shape(await lines(engine, query)), shape(all), query);
    assert.deepEqual(
      asked.filter(({ text }) => text.includes('otel_logs')),
      [],
      query,
    );
  }
});

test('what is read from the store takes no more memory than there is', async () => {
  const recent = new RecentLogs({ budgetBytes: () => 200_000 });
  recent.attach(0, await readNewestNs(generated.store.reader, 'otel_logs', { database: DATABASE }));
  const attachedNs = recent.floorNs ?? 0n;
  const { reader } = generated.store;
  const onError = (error: unknown): void => assert.fail(String(error));
  await fillBackwards({ recent, reader, database: DATABASE, isWanted: () => true, onError, most: 1_000, retryMs: 1 });
  assert.ok(recent.bytes <= 120_000, `${recent.bytes} bytes`);
  assert.ok(recent.bytes > 0 && (recent.floorNs ?? 0n) < attachedNs, 'fewer at once are taken');
});

test('what memory lets go of, or never had, is asked of the store', async () => {
  const { recent, engine, asked } = await withMemory(500_000);
  const small = new RecentLogs({ budgetBytes: () => 0 });
  small.append(sectionOf(generated.rows.slice(0, 10)), 0);
  small.attach(0, undefined);
  small.loadedBefore(1);
  assert.equal(small.bytes, 0);
  const newest = generated.rows.slice(0, 10).reduce((most, { offsetMs }) => Math.max(most, offsetMs), 0);
  assert.equal(small.floorNs, START + BigInt(newest) * 1_000_000n + 1n);
  assert.equal(small.forcedEvictions, 1, 'it may not have been in the store');
  assert.notEqual(recent.floorNs, undefined);
  recent.reset();
  assert.equal(recent.floorNs, undefined);
  asked.length = 0;
  await lines(engine, '{namespace="prod"}', 1);
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
});
