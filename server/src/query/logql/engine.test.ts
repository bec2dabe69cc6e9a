import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LogExpr, parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { labelsToRecord } from '../../model/labels.ts';
import { openStore, type Store, type StoreReader } from '../../store/index.ts';
import { logHistogram } from '../logs/histogram.ts';
import { type LogPage, logPage } from '../logs/lines.ts';
import { RecentLogs } from '../recent_logs/recent_logs.ts';
import { createLogqlEngine, type LogqlEngine } from './engine.ts';
import {
  DATABASE,
  insertRows,
  insertStreams,
  type Row,
  row,
  SECOND,
  START,
  sectionOf,
  TRACE,
} from './generated_rows.ts';
import { LogqlError } from './query_error.ts';

let directory: string;
let store: Store;
let pushed: LogqlEngine;
let plain: LogqlEngine;
let rows: readonly Row[];
/** Records that a test has stored besides. */
const addedLater: Row[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logql-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(DATABASE);
  await insertStreams(store);
  // Unique (stream, time, line); some are late, some of those were sent before, and some came when a minute began.
  const seen = new Set<string>();
  const generated = fc.sample(row, { numRuns: 3000, seed: 7 });
  rows = generated
    .map((r, i) => (i % 9 === 0 ? { ...r, offsetMs: TO_MINUTE_MS + 60_000 * (i % 19) } : r))
    .filter((r) => {
      const key = `${r.stream} ${r.offsetMs} ${r.line}`;
      return !seen.has(key) && seen.add(key);
    });
  await insertRows(store, rows.slice(0, 1500), () => 0);
  await insertRows(store, rows.slice(1500), (i) => (i % 3 === 0 ? 1 : 0));
  const again = rows.filter((_, i) => i % 7 === 0);
  await insertRows(store, again, () => 1);
  await insertRows(store, again.slice(0, 50), () => 1);
  pushed = createLogqlEngine({ reader: store.reader, database: DATABASE });
  plain = createLogqlEngine({ reader: store.reader, database: DATABASE, withoutPushdown: true });
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

interface Shown {
  readonly labels: Record<string, string>;
  readonly points: readonly (number | null)[];
}

/** From the start of the rows to the next whole minute. */
const TO_MINUTE_MS = 37_000;
const MINUTE_START = START + 37n * SECOND;

async function metric(engine: LogqlEngine, query: string, stepNs = 60n * SECOND, startNs = START): Promise<Shown[]> {
  const result = await engine.query({
    expr: parse(query),
    startNs,
    endNs: startNs + 1200n * SECOND,
    stepNs,
    direction: 'forward',
    limit: 100,
    instant: false,
  });
  assert.equal(result.kind, 'metric');
  if (result.kind !== 'metric' || result.value.kind !== 'matrix') return [];
  const shown = result.value.series.map((s) => ({
    labels: { ...labelsToRecord(s.labels) },
    points: Array.from(s.values, (v, i) => (s.present[i] === 1 ? Number(v.toPrecision(12)) : null)),
  }));
  return shown
    .filter((s) => s.points.some((p) => p !== null))
    .sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
}

function logOf(query: string): LogExpr {
  const expr = parse(query);
  if (expr.kind !== 'log') throw new TypeError(`not a log query: ${query}`);
  return expr;
}

async function lines(
  query: string,
  limit = 5000,
  direction: 'forward' | 'backward' = 'backward',
  engine = pushed,
): Promise<{ time: bigint; line: string; labels: Record<string, string> }[]> {
  const result = await engine.query({
    expr: parse(query),
    startNs: START,
    endNs: START + 1201n * SECOND,
    stepNs: SECOND,
    direction,
    limit,
    instant: false,
  });
  if (result.kind !== 'streams') throw new Error('not a log query');
  return result.answer.streams.flatMap((s) =>
    s.entries.map((e) => ({ time: e.timeNs, line: e.line, labels: labelsToRecord(s.labels) })),
  );
}

function expected(test: (r: Row) => boolean): string[] {
  return rows
    .filter(test)
    .map((r) => `${START + BigInt(r.offsetMs) * 1_000_000n} ${r.line}`)
    .sort();
}

const shown = (entries: readonly { time: bigint; line: string }[]): string[] =>
  entries.map((e) => `${e.time} ${e.line}`).sort();

const CASES: readonly (readonly [query: string, test: (r: Row) => boolean])[] = [
  ['{service="payments-api"}', (r) => r.stream <= 1],
  [
    '{service="payments-api", level="ERROR"} |= "card_declined"',
    (r) => (r.stream === 0 || (r.stream === 1 && r.severity === 'ERROR')) && r.line.includes('card_declined'),
  ],
  [
    `{service="payments-api", level="ERROR"} |= "card_declined" | trace_id="${TRACE}"`,
    (r) =>
      (r.stream === 0 || (r.stream === 1 && r.severity === 'ERROR')) &&
      r.line.includes('card_declined') &&
      r.traceId === TRACE,
  ],
  [
    '{namespace="prod", app="antifraud-service"} |= "TimeoutError"',
    (r) => r.stream === 2 && r.line.includes('TimeoutError'),
  ],
  [`{trace_id="${TRACE.toUpperCase()}"}`, (r) => r.traceId === TRACE],
  [`{namespace=~".+"} | trace_id="${TRACE}"`, (r) => r.traceId === TRACE],
  ['{request_id="r-1"}', (r) => r.requestId === 'r-1'],
  ['{level=~"ERROR|CRITICAL"}', (r) => r.stream === 0 || r.severity === 'ERROR' || r.severity === 'CRITICAL'],
  ['{namespace="dev"} | level!="warning"', (r) => r.stream === 3 && r.severity !== 'WARN'],
  ['{http_method="GET"}', (r) => r.attributes[1] === 'GET'],
  ['{pod="b"} |~ "card|Ok"', (r) => r.attributes[3] === 'b' && /card|Ok/.test(r.line)],
  [
    '{namespace="prod"} != "card" | pod!="a"',
    (r) => r.stream !== 3 && !r.line.includes('card') && r.attributes[3] !== 'a',
  ],
  ['{namespace="prod"} |= "a%b_c\\\\d"', (r) => r.stream !== 3 && r.line === 'a%b_c\\d'],
  ['{namespace="prod"} |= "by bank"', (r) => r.stream !== 3 && r.line.includes('by bank')],
  ['{namespace="prod"} |= "d by b"', (r) => r.stream !== 3 && r.line.includes('d by b')],
  ['{namespace="prod"} |= ": Timeout"', () => false],
  ['{namespace="prod"} |= "y Hello World n"', (r) => r.stream !== 3 && r.line === 'say Hello World now'],
  ['{namespace="prod"} != "d by b"', (r) => r.stream !== 3 && !r.line.includes('d by b')],
  ['{namespace="prod"} |= "Error: anti"', (r) => r.stream !== 3 && r.line.includes('Error: anti')],
  ['{namespace="prod"} |= "k 200 in 12"', (r) => r.stream !== 3 && r.line.includes('k 200 in 12')],
  ['{service="ledger"} | json | status="500"', (r) => r.stream === 3 && r.line.startsWith('{"status":500')],
  ['{k8s_pod_name="pod-1", namespace="dev"}', (r) => r.stream === 3],
];

for (const [query, holds] of CASES) {
  test(`finds exactly the records of ${query}`, async () => {
    assert.deepEqual(shown(await lines(query)), expected(holds));
  });
}

test('the newest lines come first, up to the limit, and forward the oldest', async () => {
  const all = expected((r) => r.stream <= 1);
  for (const query of ['{service="payments-api"}', '{service="payments-api"} | label_format x="{{.namespace}}"']) {
    const newest = await lines(query, 10);
    assert.equal(newest.length, 10);
    assert.ok(newest.every((e) => all.filter((x) => BigInt(x.split(' ')[0] ?? '0') > e.time).length < 10));
    const oldest = await lines(query, 10, 'forward');
    assert.ok(oldest.every((e) => all.filter((x) => BigInt(x.split(' ')[0] ?? '0') < e.time).length < 10));
  }
});

test('a record stored twice is shown once', async () => {
  const twice: Row = {
    stream: 3,
    offsetMs: 1_200_500,
    line: 'sent again',
    severity: '',
    traceId: '',
    requestId: '',
    attributes: [],
  };
  await insertRows(store, [twice], () => 0);
  await insertRows(store, [twice], () => 1);
  addedLater.push(twice, twice);
  assert.equal((await lines('{service="ledger"} |= "sent again"')).length, 1);
});

test('ids, level and metadata are shown with a line', async () => {
  const [first] = await lines(`{service="payments-api"} | trace_id="${TRACE}" | pod="a" | level="ERROR"`, 1);
  assert.equal(first?.labels.trace_id, TRACE);
  assert.equal(first?.labels.detected_level, 'error');
  assert.equal(first?.labels.http_method, 'GET');
});

const selector = fc.constantFrom(
  '{namespace="prod"}',
  '{service="payments-api"}',
  '{namespace=~".+"}',
  '{level="ERROR"}',
  '{pod=~"a|b"}',
  `{trace_id="${TRACE}"}`,
  '{app!="antifraud-service", namespace="prod"}',
  '{http_method="POST"}',
);
const filter = fc.constantFrom(
  '',
  ' |= "card"',
  ' != "200"',
  ' |~ "[0-9]+"',
  ' !~ "(?i)ERROR"',
  ' |= "card" or "Ok"',
  ' != "y Hello World n"',
  ' != "declined by b"',
  ' |= "y Hello World n"',
  ' | level=~"error|warn"',
  ' | pod="a" or pod="b"',
  ' | request_id!=""',
  ' | service="payments-api"',
  ' | level!="info"',
  ' |~ "(?i)TIMEOUTERROR"',
  ' |= "Card" or "card"',
  ' |> "<_>card<_>"',
  ' !> "say <_>"',
  ' |= ip("10.0.0.1")',
  ' | json | __error__="" | status="500"',
  ' | json | status="500" or level="error" | __error__=""',
  ' | json | user="u1" | drop __error__, __error_details__',
  ' | json | status >= 500 | __error__=""',
  ' | json | user!="u1" | drop __error__, __error_details__',
  ' | json | http_method="GET" | drop __error__, __error_details__',
  ' | json | service="ledger" | drop __error__, __error_details__',
  ' | logfmt | pod="a"',
  ' | pattern "<word> <_>" | word="say"',
  ' | regexp "in (?P<ms>[0-9]+)ms" | ms="12"',
  ' | label_format x="{{.namespace}}" | x="prod"',
  ' | label_format pod="made" | pod="made"',
  ' | line_format "{{.pod}} card" |= "a card"',
  ' | drop pod | pod="a"',
  ' | keep namespace | level="error"',
  ' | http_method=~"(?i)get"',
);
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
      assert.deepEqual(await metric(pushed, query, step * SECOND), await metric(plain, query, step * SECOND), query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 200 : 25, seed: 11 },
  );
});

interface Asked {
  readonly text: string;
  readonly rowsRead: number;
}

/** A reader of the store, and what its statements cost. */
function observedReader(): { readonly reader: StoreReader; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const reader: StoreReader = {
    collect: (statement, options) => store.reader.collect(statement, options),
    async *query(statement, options) {
      const { blocks, cost } = await store.reader.collect(statement, options);
      asked.push({ text: statement.text, rowsRead: cost.rowsRead });
      yield* blocks;
    },
  };
  return { reader, asked };
}

function observed(): { readonly engine: LogqlEngine; readonly asked: Asked[] } {
  const { reader, asked } = observedReader();
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
      assert.deepEqual(answer, await metric(plain, query, 60n * SECOND, startNs), query);
      const counted = asked.find(({ text }) => text.includes('repeats'));
      assert.ok(counted !== undefined && counted.rowsRead < rows.length, `${query}: ${counted?.rowsRead} rows read`);
    }
  }
  const range = { log: logOf('{namespace=~".+"}'), startNs: START, endNs: START + 1200n * SECOND, buckets: 20 };
  assert.deepEqual(await logHistogram(engine, range), await logHistogram(plain, range));
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
      await metric(plain, query, 60n * SECOND, startNs),
    );
    assert.ok(!asked.some(({ text }) => text.includes('repeats')), query);
  }
});

test('lines found by the store equal lines looked at one by one', async () => {
  const sorted = (list: Awaited<ReturnType<typeof lines>>): string[] =>
    list.map((e) => `${e.time} ${e.line} ${JSON.stringify(Object.entries(e.labels).sort())}`).sort();
  await fc.assert(
    fc.asyncProperty(selector, filter, filter, async (s, f, g) => {
      const query = `${s}${f}${g}`;
      assert.deepEqual(sorted(await lines(query)), sorted(await lines(query, 5000, 'backward', plain)), query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 300 : 40, seed: 13 },
  );
});

/** An engine that has the records from a moment on in memory, in requests that overlap in time. */
function withMemory(fromMs: number, budgetBytes = 1e9) {
  const recent = new RecentLogs(() => budgetBytes, 1_000);
  const inMemory = [...rows, ...addedLater].filter(({ offsetMs }) => offsetMs >= fromMs - 60_000);
  for (let part = 0; part < 7; part++) {
    const some = inMemory.filter(({ offsetMs }, i) => (offsetMs < 600_000 ? i % 3 : 3 + (i % 4)) === part);
    recent.append(sectionOf(some), 0);
  }
  recent.attach(0, START + BigInt(fromMs) * 1_000_000n - 1n);
  recent.loadedBefore(1);
  const { asked, reader } = observedReader();
  return { recent, asked, engine: createLogqlEngine({ database: DATABASE, reader, recent }) };
}

test('the newest lines are those of the store, whatever of them is in memory', async () => {
  const shape = (list: Awaited<ReturnType<typeof lines>>): string[] =>
    list.map((e) => `${e.time} ${e.line} ${JSON.stringify(Object.entries(e.labels).sort())}`).sort();
  const { engine } = withMemory(500_000);
  await fc.assert(
    fc.asyncProperty(selector, filter, fc.constantFrom(1, 20, 300, 5000), async (s, f, limit) => {
      const query = `${s}${f}`;
      const all = await lines(query, 5000, 'backward', plain);
      const newest = await lines(query, limit, 'backward', engine);
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
  const shape = (list: Awaited<ReturnType<typeof lines>>): string[] =>
    list.map((e) => `${e.time} ${e.line} ${JSON.stringify(Object.entries(e.labels).sort())}`).sort();
  const { engine, asked, recent } = withMemory(0, 400_000);
  assert.ok(recent.floorNs !== undefined && recent.floorNs > START, 'lines were let go of');
  await lines('{namespace="prod"} |= "TimeoutError"', 1, 'backward', engine);
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
      const all = await lines(query, 5000, 'backward', plain);
      const newest = await lines(query, limit, 'backward', engine);
      assert.equal(newest.length, Math.min(limit, all.length), query);
      if (limit >= all.length) assert.deepEqual(shape(newest), shape(all), query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 300 : 30, seed: 23 },
  );
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
  asked.length = 0;
  for (const query of ['{namespace="prod"} |= "absent0f1e2d3c"', '{namespace="prod"} |~ "nowhere|neither"'])
    assert.deepEqual(await lines(query, 100, 'backward', engine), []);
  assert.deepEqual(
    asked.filter(({ text }) => text.includes('otel_logs')),
    [],
    'what is nowhere is not looked for',
  );
});

test('pages of the explorer hold each line once whatever of them is in memory, and what that has is not asked of the store', async () => {
  const { engine, asked } = withMemory(500_000);
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
    const [newest, all] = [await pagesOf(engine, query), await pagesOf(plain, query)];
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
  const { engine, asked } = withMemory(500_000);
  await lines('{namespace="prod"}', 1, 'backward', engine);
  asked.length = 0;
  assert.equal((await lines('{service="payments-api"} | level="error"', 20, 'backward', engine)).length, 20);
  assert.deepEqual(
    asked.filter(({ text }) => text.includes('otel_logs')),
    [],
  );
  assert.equal((await lines('{service="payments-api"} | level="error"', 20, 'forward', engine)).length, 20);
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
});

test('what is counted record by record is counted out of memory where that has the whole range', async () => {
  const { engine, asked } = withMemory(300_000);
  const from = MINUTE_START + 600n * SECOND;
  for (const query of [
    'sum by (namespace, word) (count_over_time({namespace=~".+"} | pattern "<word> <_>" [5m]))',
    'sum by (pod) (rate({namespace="prod"} |~ "[0-9]+" | label_format x="{{.namespace}}" [1m]))',
    'sum by (user) (sum_over_time({level="error"} | json | __error__="" | unwrap status | __error__="" [2m]))',
    'absent_over_time({service="payments-api"} |= "nowhere" | logfmt [1m])',
  ]) {
    asked.length = 0;
    assert.deepEqual(
      await metric(engine, query, 60n * SECOND, from),
      await metric(plain, query, 60n * SECOND, from),
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

test('what memory lets go of, or never had, is asked of the store', async () => {
  const { recent, engine, asked } = withMemory(500_000);
  const small = new RecentLogs(() => 0);
  small.append(sectionOf(rows.slice(0, 10)), 0);
  small.attach(0, undefined);
  small.loadedBefore(1);
  assert.equal(small.bytes, 0);
  const newest = rows.slice(0, 10).reduce((most, { offsetMs }) => Math.max(most, offsetMs), 0);
  assert.equal(small.floorNs, START + BigInt(newest) * 1_000_000n + 1n);
  assert.equal(small.forcedEvictions, 1, 'it may not have been in the store');
  assert.notEqual(recent.floorNs, undefined);
  recent.reset();
  assert.equal(recent.floorNs, undefined);
  asked.length = 0;
  await lines('{namespace="prod"}', 1, 'backward', engine);
  assert.ok(asked.some(({ text }) => text.includes('otel_logs')));
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
      const [a, b] = [await outcome(pushed, query), await outcome(plain, query)];
      assert.deepEqual(a, b, query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 250 : 25, seed: 17 },
  );
});

test('quantiles, least and greatest of values in plain JSON are counted by the store', async () => {
  const asked: string[] = [];
  const { reader } = store;
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
    assert.deepEqual(answer, await metric(plain, query, 45n * SECOND), query);
    assert.ok(!asked.some((text) => text.includes('SELECT Timestamp, StreamId')), query);
  }
  const uneven = 'max_over_time({namespace=~".+"} | json | __error__="" | unwrap status | __error__="" [5m]) by (user)';
  assert.deepEqual(await outcome(counting, uneven), await outcome(plain, uneven));
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
