import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceSpan } from '@trilith/contract';
import { traceqlOf } from './query.ts';
import { criticalSpans, treeOf } from './tree.ts';
import { durationText, waterfall } from './waterfall.ts';

/** `a 0-100, b<a 10-40!` as spans: name, parent, start and end in ms, `!` for failed. */
function spans(text: string): TraceSpan[] {
  return text.split(', ').map((one): TraceSpan => {
    const [, id = '', parent = null, from = '0', to = '0', failed = ''] =
      /^(\w)(?:<(\w))? (\d+)-(\d+)(!?)$/.exec(one) ?? [];
    return {
      spanId: id.repeat(16),
      parentSpanId: parent?.repeat(16) ?? null,
      service: 's',
      operation: id,
      kind: 'internal',
      startNs: String(Number(from) * 1e6),
      durationNs: String((Number(to) - Number(from)) * 1e6),
      status: failed === '' ? 'unset' : 'error',
      statusMessage: '',
      scope: '',
      attributes: {},
      resource: 0,
      events: [],
      links: [],
    };
  });
}

const shape = (text: string): string =>
  treeOf(spans(text))
    .map(({ span, depth }) => `${'-'.repeat(depth)}${span.operation}`)
    .join(' ');

test('spans are told depth first, children by start, whatever order they came in', () => {
  assert.equal(shape('c<a 50-60, d<b 11-12, b<a 10-40, a 0-100'), 'a -b --d -c');
});

test('a span without its parent is a root, and a cycle of parents loses no span', () => {
  assert.equal(shape('a 0-9, b<x 1-2'), 'a b');
  assert.equal(shape('a 0-9, b<c 1-2, c<b 3-4').split(' ').length, 3);
});

test('a chain of a hundred thousand spans has a tree and a critical path', () => {
  const [one] = spans('a 0-9') as [TraceSpan];
  const id = (n: number): string => n.toString(16).padStart(16, '0');
  const chain = Array.from({ length: 100_000 }, (_, i) => ({
    ...one,
    spanId: id(i + 1),
    parentSpanId: i === 0 ? null : id(i),
  }));
  const limited = waterfall({ traceId: '', spans: chain, logs: [], logsMore: false }, { ...ALL, limit: 3 });
  assert.match(limited.at(-1) ?? '', /99997 more spans: --limit all/);
});

const CRITICAL: readonly (readonly [string, string])[] = [
  ['a 0-100', 'a'],
  ['a 0-100, b<a 10-40, c<a 50-90', 'abc'],
  // Both run at once: the one that ends last decides.
  ['a 0-100, b<a 10-80, c<a 20-90', 'ac'],
  ['a 0-100, b<a 10-90, c<b 20-30, d<b 25-80', 'abd'],
  // What goes on after its parent has ended counts up to that end, what begins then not at all.
  ['a 0-100, b<a 90-200, c<a 10-50', 'abc'],
  ['a 0-100, b<a 100-200, c<a 10-50', 'ac'],
];
for (const [given, wanted] of CRITICAL) {
  test(`the critical path of ${given} is ${wanted}`, () => {
    const nodes = treeOf(spans(given));
    const path = [...criticalSpans(nodes)].map((place) => nodes[place]?.span.operation ?? '');
    assert.equal(path.sort().join(''), wanted);
  });
}

const ALL = {
  width: 80,
  color: false,
  logs: false,
  only: undefined,
  service: undefined,
  minDurationNs: 0n,
  limit: 1000,
};

test('a long operation is cut, and no line is wider than the terminal', () => {
  const long = spans('a 0-100, b<a 10-40!').map((span) => ({ ...span, operation: 'x'.repeat(500) }));
  for (const line of waterfall({ traceId: '', spans: long, logs: [], logsMore: false }, ALL).slice(3))
    assert.ok([...line].length <= 80, line);
});

test('filters keep what is above', () => {
  const trace = { traceId: '', spans: spans('a 0-100, b<a 10-40, c<b 10-20!, d<a 30-90'), logs: [], logsMore: false };
  const names = (only: 'errors' | 'critical'): string =>
    waterfall(trace, { ...ALL, only })
      .slice(5)
      .map((line) => /s: (\w)/.exec(line)?.[1])
      .join('');
  assert.equal(names('errors'), 'abc');
  assert.equal(names('critical'), 'ad');
});

test('durations read well', () => {
  const texts = [950n, 310_000n, 18_400_000n, 2_140_000_000n, 210_000_000_000n].map(durationText);
  assert.deepEqual(texts, ['950 ns', '310 µs', '18.4 ms', '2.14 s', '3.5 min']);
});

test('flags become TraceQL; values that look like numbers are asked as both', () => {
  const none = {
    service: undefined,
    operation: undefined,
    errors: false,
    minDuration: undefined,
    maxDuration: undefined,
  };
  assert.equal(traceqlOf([], { ...none, attributes: [] }), '{  }');
  assert.equal(
    traceqlOf([], {
      ...none,
      service: 'a"b',
      errors: true,
      minDuration: '1.5s',
      attributes: ['http.status=500', 'odd key=x'],
    }),
    '{ resource.service.name = "a\\"b" && status = error && duration >= 1.5s && (.http.status = "500" || .http.status = 500) && ."odd key" = "x" }',
  );
});
