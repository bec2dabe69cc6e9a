import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord, TraceSpan } from '@trilith/contract';
import fc from 'fast-check';
import { criticalPath, traceTree } from '../trace/traceTree.ts';
import { barOf, logsBySpan, matching, panZoom, rulerTicks, waterfallRows } from '../trace/waterfall.ts';

const base = 1_795_309_200_000_000_000n;

function span(
  id: number,
  parent: number | null,
  startMs: number,
  durationMs: number,
  changes: Partial<TraceSpan> = {},
): TraceSpan {
  const hex = (value: number): string => value.toString(16).padStart(16, '0');
  return {
    spanId: hex(id),
    parentSpanId: parent === null ? null : hex(parent),
    service: 'api',
    operation: `op${id}`,
    kind: 'server',
    startNs: String(base + BigInt(Math.round(startMs * 1e6))),
    durationNs: String(Math.round(durationMs * 1e6)),
    status: 'unset',
    statusMessage: '',
    scope: '',
    attributes: {},
    resource: 0,
    events: [],
    links: [],
    ...changes,
  };
}

const sample = [
  span(3, 1, 50, 40, { service: 'db', status: 'error' }),
  span(1, null, 0, 100),
  span(2, 1, 10, 30),
  span(4, 2, 15, 10, { attributes: { 'http.route': '/v1/pay' } }),
];
const tree = traceTree({ spans: sample });
const all = { text: '', pill: 'all' as const, hiddenServices: new Set<string>() };
const ops = (rows: ReturnType<typeof waterfallRows>): string[] =>
  rows.map((row) =>
    row.kind === 'log' ? `log ${row.log.body}` : `${row.dimmed ? '~' : ''}${row.span.span.operation}`,
  );

test('spans come depth first, children by start, with depth, self time and errors below', () => {
  assert.deepEqual(
    tree.spans.map((one) => [one.span.operation, one.depth, one.below, one.selfMs, one.errorBelow]),
    [
      ['op1', 0, 3, 30, true],
      ['op2', 1, 1, 20, false],
      ['op4', 2, 0, 10, false],
      ['op3', 1, 0, 40, false],
    ],
  );
  assert.equal(tree.durationMs, 100);
  assert.deepEqual(
    tree.services.map((one) => [one.name, one.spans, one.errors]),
    [
      ['api', 3, 0],
      ['db', 1, 1],
    ],
  );
});

test('a parent that never arrived makes a root and is counted; clocks that differ are noticed', () => {
  const broken = traceTree({ spans: [span(1, 9, 10, 5), span(2, 1, 2, 1)] });
  assert.deepEqual([broken.missingParents, broken.skewed, broken.spans.length], [1, true, 2]);
});

test('whatever the parents, every span appears exactly once, parents before children', () => {
  const ids = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(fc.array(fc.tuple(ids, fc.option(ids), fc.nat(100), fc.nat(100)), { maxLength: 30 }), (list) => {
      const spans = list.map(([id, parent, start, duration]) => span(id, parent, start, duration));
      const made = traceTree({ spans });
      assert.equal(made.spans.length, new Set(spans.map((one) => one.spanId)).size);
      for (const one of made.spans) assert.ok(one.parent < one.index);
      assert.equal(
        made.spans.filter((one) => one.parent === -1).reduce((sum, one) => sum + one.below + 1, 0),
        made.spans.length,
      );
      criticalPath(made);
    }),
  );
});

test('a chain of 100,000 spans is laid out without recursion', () => {
  const spans = Array.from({ length: 100_000 }, (_, at) => span(at + 1, at === 0 ? null : at, 0, 1));
  assert.equal(traceTree({ spans }).spans.at(-1)?.depth, 99_999);
});

test('the critical path follows the child that ended last', () => {
  const path = criticalPath(tree);
  assert.deepEqual([...path].map((index) => tree.spans[index]?.span.operation).sort(), ['op1', 'op2', 'op3', 'op4']);
  const parallel = traceTree({ spans: [span(1, null, 0, 100), span(2, 1, 0, 90), span(3, 1, 10, 20)] });
  assert.deepEqual([...criticalPath(parallel)], [0, 1]);
});

test('a filter hides what neither matches nor leads to a match', () => {
  const none = new Map();
  const rows = (filter: Partial<typeof all> | { pill: 'errors' | 'slow' }) =>
    ops(
      waterfallRows({
        tree,
        collapsed: new Set(),
        matches: matching(tree, { ...all, ...filter }, new Set()),
        logs: none,
      }),
    );
  assert.deepEqual(rows({}), ['op1', 'op2', 'op4', 'op3']);
  assert.deepEqual(rows({ pill: 'errors' }), ['~op1', 'op3']);
  assert.deepEqual(rows({ text: 'http.route=/v1' }), ['~op1', '~op2', 'op4']);
  assert.deepEqual(rows({ hiddenServices: new Set(['db']) }), ['op1', 'op2', 'op4']);
});

test('a collapsed span hides what is below it, its log lines included', () => {
  const log = (body: string, spanId: string | null): LogRecord => ({
    timeNs: String(base + 20_000_000n),
    service: 'api',
    level: 'INFO',
    body,
    traceId: null,
    spanId,
    labels: {},
    attributes: {},
  });
  const logs = logsBySpan(tree, [log('in two', sample[2]?.spanId ?? null), log('lost', 'ffffffffffffffff')]);
  assert.deepEqual(ops(waterfallRows({ tree, collapsed: new Set(), matches: null, logs })), [
    'op1',
    'log lost',
    'op2',
    'log in two',
    'op4',
    'op3',
  ]);
  assert.deepEqual(ops(waterfallRows({ tree, collapsed: new Set([sample[2]?.spanId ?? '']), matches: null, logs })), [
    'op1',
    'log lost',
    'op2',
    'op3',
  ]);
});

test('bars, window and ruler stay inside the trace', () => {
  assert.deepEqual(barOf(10, 10, { fromMs: 0, toMs: 100 }), { left: 10, width: 10 });
  assert.equal(barOf(10, 10, { fromMs: 30, toMs: 100 }), null);
  assert.equal(barOf(10, 0, { fromMs: 0, toMs: 100 })?.width, 0.2);
  assert.deepEqual(panZoom({ fromMs: 0, toMs: 100 }, 100, 0, 0.5), { fromMs: 25, toMs: 75 });
  assert.deepEqual(panZoom({ fromMs: 50, toMs: 100 }, 100, 1, 1), { fromMs: 50, toMs: 100 });
  assert.deepEqual(rulerTicks({ fromMs: 0, toMs: 100 }, 5), [0, 20, 40, 60, 80, 100]);
});
