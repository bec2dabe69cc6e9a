import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noParent, parentNotArrived, spanKinds, spanStatuses, type TraceColumnsAnswer } from '@trilith/contract';
import fc from 'fast-check';
import { attributeIndex, attributePlaces, pairsText } from './attributeIndex.ts';
import { adjustedStarts } from './clockSkew.ts';
import { criticalPath, criticalTimeOf } from './criticalPath.ts';
import { flameLanes } from './flameLanes.ts';
import { foldsOf } from './folds.ts';
import { logPlaces } from './logPlaces.ts';
import { LEADS, type SpanFilter, sift } from './spanFilter.ts';
import { idOf, operationOf, rowOf, type SpanTable, spanTable } from './spanTable.ts';
import { statisticsOf } from './statistics.ts';
import { barOf, panZoom, rulerTicks, windowIn, windowText } from './timeWindow.ts';
import { differing, traceDiff } from './traceDiff.ts';
import { measureOf, verdictOf } from './usual.ts';
import { collapsedFrom, FOLD_ROW, LOG_ROW, SPAN_ROW, stepTo, waterfallRows } from './waterfallRows.ts';

interface Draft {
  readonly name: string;
  /** Place in the list; null for a root, -2 for a parent that never arrived. */
  readonly parent: number | null;
  readonly start: number;
  readonly end: number;
  readonly service?: string;
  readonly kind?: (typeof spanKinds)[number];
  readonly failed?: boolean;
}

function hex(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** The answer of drafts, which come by start. */
function answerOf(drafts: readonly Draft[]): TraceColumnsAnswer {
  const services = [...new Set(drafts.map((one) => one.service ?? 'api'))];
  const operations = [...new Set(drafts.map((one) => one.name))];
  return {
    traceId: hex(1).padStart(32, '0'),
    startNs: '1795309200000000000',
    services,
    operations,
    spans: {
      ids: drafts.map((_, at) => hex(at + 1)).join(''),
      parents: drafts.map((one) => one.parent ?? noParent),
      service: drafts.map((one) => services.indexOf(one.service ?? 'api')),
      operation: drafts.map((one) => operations.indexOf(one.name)),
      kind: drafts.map((one) => spanKinds.indexOf(one.kind ?? 'internal')),
      status: drafts.map((one) => spanStatuses.indexOf(one.failed === true ? 'error' : 'unset')),
      start: drafts.map((one) => one.start),
      duration: drafts.map((one) => one.end - one.start),
    },
    linked: [],
    events: { names: [], row: [], at: [], name: [] },
    notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
  };
}

const tableOf = (drafts: readonly Draft[]): SpanTable => spanTable(answerOf(drafts));
const open: SpanFilter = { text: '', pill: 'all', hiddenServices: new Set(), minMs: 0, hideInfra: false };
const names = (table: SpanTable, rows: Iterable<number>): string[] =>
  Array.from(rows, (row) => operationOf(table, row));

const sample: readonly Draft[] = [
  { name: 'root', parent: null, start: 0, end: 100 },
  { name: 'read', parent: 0, start: 10, end: 40 },
  { name: 'parse', parent: 1, start: 15, end: 25 },
  { name: 'write', parent: 0, start: 50, end: 90, service: 'db', failed: true },
];

/** The visible rows as text: a fold as `name ×n`, a line as `line n`, what only leads to a match with `~`. */
function drawn(table: SpanTable, input: Partial<Parameters<typeof waterfallRows>[0]> = {}): string[] {
  const folds = foldsOf(table);
  const rows = waterfallRows({
    table,
    collapsed: new Set(),
    sifted: null,
    folds,
    openFolds: new Set(),
    logs: null,
    ...input,
  });
  return Array.from({ length: rows.count }, (_, at) => {
    const ref = rows.refs[at] ?? 0;
    const fold = folds.all[ref];
    if (rows.kinds[at] === FOLD_ROW && fold !== undefined) return `${operationOf(table, fold.first)} ×${fold.spans}`;
    if (rows.kinds[at] === LOG_ROW) return `line ${ref}`;
    return `${input.sifted?.states[ref] === LEADS ? '~' : ''}${operationOf(table, ref)}`;
  });
}

test('rows come depth first, children by start, with depth, own time and failures below', () => {
  const table = tableOf(sample);
  const rows = Array.from({ length: table.count }, (_, row) => [
    operationOf(table, row),
    table.depth[row],
    table.below[row],
    table.self[row],
    table.failedBelow[row],
  ]);
  assert.deepEqual(rows, [
    ['root', 0, 3, 30, 1],
    ['read', 1, 1, 20, 0],
    ['parse', 2, 0, 10, 0],
    ['write', 1, 0, 40, 0],
  ]);
  assert.deepEqual([table.durationNs, table.failures, table.missingParents], [100, 1, 0]);
  assert.deepEqual(
    table.serviceCounts.map((one) => [one.name, one.spans, one.failures]),
    [
      ['api', 3, 0],
      ['db', 1, 1],
    ],
  );
  assert.equal(rowOf(table, idOf(table, 3)), 3);
  assert.equal(rowOf(table, hex(99)), -1);
});

test('a parent that never arrived makes a root and is counted', () => {
  const table = tableOf([{ name: 'lost', parent: parentNotArrived, start: 0, end: 5 }]);
  assert.deepEqual([table.missingParents, table.parentMissing[0], table.depth[0]], [1, 1, 0]);
});

test('whatever the forest, each span has one row, after its parent, and subtrees are whole', () => {
  const drafts = fc.array(fc.tuple(fc.nat(100), fc.nat(50), fc.nat()), { maxLength: 40 }).map((list) =>
    list
      .sort((a, b) => a[0] - b[0])
      .map(([start, length, from], at) => ({
        name: `op${from % 3}`,
        parent: at === 0 || from % 5 === 0 ? null : from % at,
        start,
        end: start + length,
      })),
  );
  fc.assert(
    fc.property(drafts, (list) => {
      const table = tableOf(list);
      assert.deepEqual(
        [...table.origin].sort((a, b) => a - b),
        [...list.keys()],
      );
      for (let row = 0; row < table.count; row += 1) {
        const parent = table.parent[row] ?? -1;
        assert.ok(parent < row);
        if (parent >= 0) assert.ok(row <= parent + (table.below[parent] ?? 0));
        assert.ok((table.self[row] ?? -1) >= 0 && (table.self[row] ?? 0) <= (table.duration[row] ?? 0));
      }
      const path = criticalPath(table);
      const roots = [...table.parent].flatMap((parent, row) => (parent < 0 ? (table.duration[row] ?? 0) : []));
      assert.ok(path.totalNs <= roots.reduce((sum, one) => sum + one, 0), 'no moment is counted twice');
    }),
  );
});

test('a chain of 100,000 spans is laid out without recursion', () => {
  const table = tableOf(
    Array.from({ length: 100_000 }, (_, at) => ({ name: 'step', parent: at === 0 ? null : at - 1, start: 0, end: 1 })),
  );
  assert.equal(table.depth[99_999], 99_999);
  assert.equal(foldsOf(table).all.length, 0);
  assert.equal(criticalPath(table).totalNs, 1);
});

const paths: readonly {
  readonly rule: string;
  readonly spans: readonly Draft[];
  /** Time on the path by operation, in the order of rows. */
  readonly path: Readonly<Record<string, number>>;
}[] = [
  { rule: 'a span alone is its own path', spans: sample.slice(0, 1), path: { root: 100 } },
  {
    rule: 'from the end back through the children that ended last, the gaps being the parent’s',
    spans: sample,
    path: { root: 30, read: 20, parse: 10, write: 40 },
  },
  {
    rule: 'of children side by side only the one that ended last counts',
    spans: [
      { name: 'root', parent: null, start: 0, end: 100 },
      { name: 'long', parent: 0, start: 0, end: 90 },
      { name: 'short', parent: 0, start: 10, end: 30 },
    ],
    path: { root: 10, long: 90 },
  },
  {
    rule: 'a child that ends where the next one starts is on the path',
    spans: [
      { name: 'root', parent: null, start: 0, end: 20 },
      { name: 'first', parent: 0, start: 0, end: 10 },
      { name: 'second', parent: 0, start: 10, end: 20 },
    ],
    path: { first: 10, second: 10 },
  },
  {
    rule: 'a child that goes on after its parent is cut at the parent’s end',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'late', parent: 0, start: 20, end: 90 },
    ],
    path: { root: 20, late: 30 },
  },
  {
    rule: 'a child that starts after its parent has ended is left',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'after', parent: 0, start: 60, end: 90 },
    ],
    path: { root: 50 },
  },
  {
    rule: 'nobody waits for what a queue delivers',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'send', parent: 0, start: 10, end: 40, kind: 'producer' },
      { name: 'below', parent: 1, start: 15, end: 20 },
    ],
    path: { root: 50 },
  },
  {
    rule: 'spans of no length are passed by',
    spans: [
      { name: 'root', parent: null, start: 0, end: 50 },
      { name: 'instant', parent: 0, start: 20, end: 20 },
      { name: 'same', parent: 0, start: 20, end: 20 },
    ],
    path: { root: 50 },
  },
];

for (const { rule, spans, path } of paths) {
  test(`critical path: ${rule}`, () => {
    const table = tableOf(spans);
    const found = criticalPath(table);
    const onPath = [...found.on.keys()].filter((row) => found.on[row] === 1);
    assert.deepEqual(
      Object.fromEntries(onPath.map((row) => [operationOf(table, row), criticalTimeOf(found, row)])),
      path,
    );
  });
}

test('a filter hides what neither matches nor leads to a match', () => {
  const table = tableOf(sample);
  const attributes = attributeIndex(table, {
    traceId: table.traceId,
    names: ['http.route'],
    pairNames: [0],
    pairValues: ['/v1/Pay'],
    ids: hex(3),
    kind: [spanKinds.indexOf('internal')],
    counts: [1],
    pairs: [0],
    notes: { partial: false, warnings: [], elapsedMs: 0, scannedRows: 0, scannedBytes: 0 },
  });
  const shown = (filter: Partial<SpanFilter>): string[] =>
    drawn(table, { sifted: sift(table, { ...open, ...filter }, criticalPath(table), attributes) });
  assert.deepEqual(shown({}), ['root', 'read', 'parse', 'write']);
  assert.deepEqual(shown({ pill: 'errors' }), ['~root', 'write']);
  assert.deepEqual(shown({ text: 'http.route=/v1/pay' }), ['~root', '~read', 'parse']);
  assert.deepEqual(shown({ text: 'WRITE' }), ['~root', 'write']);
  assert.deepEqual(shown({ text: hex(2) }), ['~root', 'read']);
  assert.deepEqual(shown({ hiddenServices: new Set(['db']) }), ['root', 'read', 'parse']);
  assert.deepEqual(shown({ minMs: 35e-6 }), ['root', 'write']);
  assert.deepEqual(shown({ text: 'nothing like it' }), []);
  const pinned = attributePlaces(attributes, ['gone', 'http.route']);
  assert.deepEqual(
    [1, 2].map((row) => pairsText(attributes, row, pinned)),
    ['', 'http.route=/v1/Pay'],
    'a row says the pinned attributes it has',
  );
});

test('hidden plumbing leaves its place to what is below it; a root and what failed stay', () => {
  const table = tableOf([
    { name: 'connect', parent: null, start: 0, end: 100 },
    { name: 'middleware - cors', parent: 0, start: 5, end: 90 },
    { name: 'pay', parent: 1, start: 10, end: 80 },
    { name: 'tcp.connect', parent: 2, start: 20, end: 30, kind: 'client' },
    { name: 'dns.lookup', parent: 2, start: 40, end: 50, failed: true },
  ]);
  const sifted = sift(table, { ...open, hideInfra: true }, criticalPath(table), null);
  assert.deepEqual(drawn(table, { sifted }), ['connect', 'pay', 'dns.lookup']);
  assert.equal(sifted?.matches, 3);
  const slow = sift(table, { ...open, hideInfra: true, pill: 'errors' }, criticalPath(table), null);
  assert.deepEqual(drawn(table, { sifted: slow }), ['~connect', '~pay', 'dns.lookup']);
});

test('a collapsed span hides what is below it, its log lines included; a level hides the ones deeper', () => {
  const table = tableOf(sample);
  const line = (spanId: string | null) => ({
    timeNs: '1795309200000000020',
    service: 'api',
    level: 'INFO',
    body: '',
    traceId: null,
    spanId,
    labels: {},
    attributes: {},
  });
  const logs = logPlaces(table, [line(hex(2)), line('ffffffffffffffff')]);
  assert.deepEqual(drawn(table, { logs }), ['root', 'line 1', 'read', 'line 0', 'parse', 'write']);
  assert.deepEqual(drawn(table, { logs, collapsed: new Set([1]) }), ['root', 'line 1', 'read', 'write']);
  assert.deepEqual(drawn(table, { collapsed: collapsedFrom(table, 1) }), ['root', 'read', 'write']);
  assert.deepEqual(drawn(table, { collapsed: collapsedFrom(table, 0) }), ['root']);
});

test('siblings that do the same are one row until it is opened, wherever they stand', () => {
  const query = (at: number): Draft => ({
    name: 'SELECT',
    parent: 0,
    start: at * 10,
    end: at * 10 + 4,
    failed: at === 3,
  });
  const drafts = [
    { name: 'root', parent: null, start: 0, end: 100 },
    ...Array.from({ length: 3 }, (_, at) => query(at)),
    { name: 'other', parent: 0, start: 25, end: 29 },
    ...Array.from({ length: 3 }, (_, at) => query(at + 3)),
  ];
  const table = tableOf(drafts);
  const { all } = foldsOf(table);
  assert.deepEqual(
    all.map((fold) => [fold.spans, fold.failures, fold.totalNs, fold.fromNs, fold.toNs]),
    [[6, 1, 24, 0, 54]],
  );
  assert.deepEqual(drawn(table), ['root', 'SELECT ×6', 'other']);
  assert.equal(drawn(table, { openFolds: new Set([0]) }).length, 9);
  assert.equal(drawn(table, { folds: null }).length, 8);
  const failed = sift(table, { ...open, pill: 'errors' }, criticalPath(table), null);
  assert.deepEqual(drawn(table, { sifted: failed }), ['~root', 'SELECT'], 'fewer than five that match are no repeat');
});

test('calls of one name to different services are no repeat of one another', () => {
  const calls = (service: string, count: number): readonly Draft[] =>
    Array.from({ length: count }, () => [
      { name: 'POST', parent: 0, start: 0, end: 5 },
      { name: 'answer', parent: -1, start: 1, end: 4, service },
    ]).flat();
  const drafts = [{ name: 'root', parent: null, start: 0, end: 100 }, ...calls('fraud', 5), ...calls('ledger', 4)];
  const table = tableOf(drafts.map((one, at) => (one.parent === -1 ? { ...one, parent: at - 1 } : one)));
  assert.deepEqual(
    foldsOf(table).all.map(({ spans }) => spans),
    [5],
  );
  assert.equal(foldsOf(table, 4).all.length, 2);
});

test('stepping goes over folds and lines to the next span that is wanted', () => {
  const table = tableOf(sample);
  const rows = waterfallRows({
    table,
    collapsed: new Set(),
    sifted: null,
    folds: null,
    openFolds: new Set(),
    logs: null,
  });
  assert.equal(
    rows.kinds.every((kind) => kind === SPAN_ROW),
    true,
  );
  assert.equal(
    stepTo(rows, -1, 1, (row) => table.failed[row] === 1),
    3,
  );
  assert.equal(
    stepTo(rows, 0, -1, () => true),
    -1,
  );
});

test('clocks put right: a span of another service lies in the middle of its parent, its own spans with it', () => {
  const drafts: readonly Draft[] = [
    { name: 'call', parent: null, start: 5_000_000, end: 15_000_000 },
    { name: 'serve', parent: 0, start: 0, end: 6_000_000, service: 'db' },
    { name: 'inside', parent: 1, start: 1_000_000, end: 2_000_000, service: 'db' },
  ];
  const sorted = [drafts[1], drafts[2], drafts[0]].flatMap((one) => one ?? []);
  const answer = answerOf(
    sorted.map((one) => ({ ...one, parent: one.name === 'call' ? null : one.name === 'serve' ? 2 : 0 })),
  );
  const raw = spanTable(answer);
  assert.equal(raw.skewed, 1);
  const table = spanTable(answer, adjustedStarts(raw));
  assert.deepEqual(names(table, [0, 1, 2]), ['call', 'serve', 'inside']);
  assert.deepEqual([...table.start], [5_000_000, 7_000_000, 8_000_000]);
  assert.equal(table.skewed, 0);
});

test('lanes of the flame graph: below the parent, none over another at the same time', () => {
  const table = tableOf([
    { name: 'root', parent: null, start: 0, end: 100 },
    { name: 'one', parent: 0, start: 0, end: 50 },
    { name: 'two', parent: 0, start: 20, end: 60 },
    { name: 'three', parent: 0, start: 70, end: 90 },
  ]);
  const lanes = flameLanes(table);
  assert.deepEqual([...lanes.of], [0, 1, 2, 1]);
  assert.equal(lanes.count, 3);
});

test('statistics put spans together, those with the most time of their own first', () => {
  const table = tableOf(sample);
  const by = (grouping: Parameters<typeof statisticsOf>[2]) =>
    statisticsOf(table, criticalPath(table), grouping).map((one) => [
      one.service,
      one.name,
      one.spans,
      one.selfNs,
      one.totalNs,
    ]);
  assert.deepEqual(by({ by: 'service' }), [
    ['api', '', 3, 60, 140],
    ['db', '', 1, 40, 40],
  ]);
  assert.equal(by({ by: 'operation' }).length, 4);
  const all = statisticsOf(table, criticalPath(table), { by: 'operation' });
  assert.equal(
    all.reduce((sum, one) => sum + one.selfNs, 0),
    100,
    'without concurrency own times add up to the trace',
  );
});

test('two traces are one tree of operations: new, gone, slower, faster, the same', () => {
  const before = tableOf([
    { name: 'root', parent: null, start: 0, end: 10_000_000 },
    { name: 'same', parent: 0, start: 0, end: 1_000_000 },
    { name: 'gone', parent: 0, start: 0, end: 1_000_000 },
    { name: 'quick', parent: 0, start: 2_000_000, end: 6_000_000 },
  ]);
  const after = tableOf([
    { name: 'root', parent: null, start: 0, end: 20_000_000 },
    { name: 'same', parent: 0, start: 0, end: 1_000_000 },
    { name: 'new', parent: 0, start: 0, end: 1_000_000 },
    { name: 'below', parent: 2, start: 0, end: 1_000_000 },
    { name: 'quick', parent: 0, start: 2_000_000, end: 3_000_000 },
    { name: 'quick', parent: 0, start: 3_000_000, end: 4_000_000 },
  ]);
  const nodes = traceDiff(before, after);
  assert.deepEqual(
    nodes.map((node) => [node.operation, node.depth, node.before?.spans ?? 0, node.after?.spans ?? 0, node.verdict]),
    [
      ['root', 0, 1, 1, 'slower'],
      ['same', 1, 1, 1, 'same'],
      ['gone', 1, 1, 0, 'removed'],
      ['quick', 1, 1, 2, 'faster'],
      ['new', 1, 0, 1, 'added'],
      ['below', 2, 0, 1, 'added'],
    ],
  );
  assert.deepEqual(
    differing(nodes).map((node) => node.operation),
    ['root', 'gone', 'quick', 'new', 'below'],
  );
  assert.deepEqual(differing(traceDiff(before, before)), []);
});

test('what is usual is the same hour when it has spans enough, else the last day, else unknown', () => {
  const of = (spans: number, p99Ms: number) => ({ spans, p50Ms: p99Ms / 4, p95Ms: p99Ms / 2, p99Ms });
  const operation = {
    service: 'api',
    operation: 'x',
    kind: 'server',
    lastDay: of(500, 100),
    sameHour: of(19, 10),
  } as const;
  assert.equal(measureOf(operation)?.p99Ms, 100);
  assert.equal(measureOf({ ...operation, sameHour: of(20, 10) })?.p99Ms, 10);
  assert.deepEqual(
    [5, 30, 51, 101].map((ms) => verdictOf(ms, operation)),
    ['faster', 'usual', 'slower', 'slowest'],
  );
  assert.equal(verdictOf(5, { ...operation, lastDay: null }), 'unknown');
  assert.equal(verdictOf(5, undefined), 'unknown');
});

test('bars, window and ruler stay inside the trace', () => {
  assert.deepEqual(barOf(10, 10, { from: 0, to: 100 }), { left: 10, width: 10 });
  assert.equal(barOf(10, 10, { from: 30, to: 100 }), null);
  assert.equal(barOf(10, 0, { from: 0, to: 100 })?.width, 0.2);
  assert.deepEqual(panZoom({ from: 0, to: 100 }, 100, 0, 0.5), { from: 25, to: 75 });
  assert.deepEqual(panZoom({ from: 50, to: 100 }, 100, 1, 1), { from: 50, to: 100 });
  assert.deepEqual(rulerTicks({ from: 0, to: 100 }, 5), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(windowIn(windowText({ from: 10.4, to: 20.2 }), 100), { from: 10, to: 21 });
  assert.deepEqual([windowIn('9-3', 100), windowIn('x', 100), windowIn(null, 100)], [null, null, null]);
});
