import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { insertRows, type Row, START, TRACE } from './generated_rows.ts';
import {
  type FoundLine,
  filter,
  type GeneratedStore,
  lines,
  openGeneratedStore,
  selector,
  shape,
} from './generated_store.ts';

let generated: GeneratedStore;

before(async () => {
  generated = await openGeneratedStore();
});

after(() => generated.close());

function expected(test: (r: Row) => boolean): string[] {
  return generated.rows
    .filter(test)
    .map((r) => `${START + BigInt(r.offsetMs) * 1_000_000n} ${r.line}`)
    .sort();
}

const shown = (entries: readonly FoundLine[]): string[] => entries.map((e) => `${e.time} ${e.line}`).sort();

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
    assert.deepEqual(shown(await lines(generated.pushed, query)), expected(holds));
  });
}

test('the newest lines come first, up to the limit, and forward the oldest', async () => {
  const all = expected((r) => r.stream <= 1);
  for (const query of ['{service="payments-api"}', '{service="payments-api"} | label_format x="{{.namespace}}"']) {
    const newest = await lines(generated.pushed, query, 10);
    assert.equal(newest.length, 10);
    assert.ok(newest.every((e) => all.filter((x) => BigInt(x.split(' ')[0] ?? '0') > e.time).length < 10));
    const oldest = await lines(generated.pushed, query, 10, 'forward');
    assert.ok(oldest.every((e) => all.filter((x) => BigInt(x.split(' ')[0] ?? '0') < e.time).length < 10));
  }
});

test('lines found by the store equal lines looked at one by one', async () => {
  await fc.assert(
    fc.asyncProperty(selector, filter, filter, async (s, f, g) => {
      const query = `${s}${f}${g}`;
      assert.deepEqual(shape(await lines(generated.pushed, query)), shape(await lines(generated.plain, query)), query);
    }),
    { numRuns: process.env.TRILITH_TEST_FULL === '1' ? 300 : 40, seed: 13 },
  );
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
  await insertRows(generated.store, [twice], () => 0);
  await insertRows(generated.store, [twice], () => 1);
  assert.equal((await lines(generated.pushed, '{service="ledger"} |= "sent again"')).length, 1);
});

test('ids, level and metadata are shown with a line', async () => {
  const [first] = await lines(
    generated.pushed,
    `{service="payments-api"} | trace_id="${TRACE}" | pod="a" | level="ERROR"`,
    1,
  );
  assert.equal(first?.labels.trace_id, TRACE);
  assert.equal(first?.labels.detected_level, 'error');
  assert.equal(first?.labels.http_method, 'GET');
});
