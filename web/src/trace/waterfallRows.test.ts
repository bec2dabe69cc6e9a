import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanKinds } from '@trilith/contract';
import { attributeIndex, attributePlaces, pairsText } from './attributeIndex.ts';
import { criticalPath } from './criticalPath.ts';
import { type Draft, hex, sample, tableOf } from './draftTrace.ts';
import { foldsOf } from './folds.ts';
import { logPlaces } from './logPlaces.ts';
import { LEADS, type SpanFilter, sift } from './spanFilter.ts';
import { operationOf, type SpanTable } from './spanTable.ts';
import { collapsedFrom, FOLD_ROW, LOG_ROW, SPAN_ROW, stepTo, waterfallRows } from './waterfallRows.ts';

const open: SpanFilter = { text: '', pill: 'all', hiddenServices: new Set(), minMs: 0, hideInfra: false };

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
