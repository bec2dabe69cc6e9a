import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeOtlpTracesJson } from '../../receive/otlp/index.ts';
import { idHalves, readSpanColumns, SpanShapes, textAt } from '../../store/index.ts';
import { addShapesOf } from './slice_shapes.ts';
import { spanAt } from './slice_spans.ts';
import { compileTest } from './slice_test.ts';
import { SpanAppender } from './span_appender.ts';
import { SpanSlice } from './span_slice.ts';

const START_MS = 1_790_078_400_000;

interface Sent {
  readonly resource?: object;
  readonly span: object;
}

/** A slice of spans, each in a resource of its own. */
function sliceOf(spans: readonly Sent[]): SpanSlice {
  const body = {
    resourceSpans: spans.map(({ resource, span }, i) => ({
      resource,
      scopeSpans: [
        {
          spans: [
            {
              traceId: (i + 1).toString(16).padStart(32, '0'),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              name: 'work',
              startTimeUnixNano: String(BigInt(START_MS) * 1_000_000n),
              endTimeUnixNano: String(BigInt(START_MS) * 1_000_000n + 1n),
              ...span,
            },
          ],
        },
      ],
    })),
  };
  const context = {
    nowMs: START_MS,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const { sections } = decodeOtlpTracesJson(Uint8Array.from(Buffer.from(JSON.stringify(body))), context, undefined);
  const section = sections.find(({ table }) => table === 'otel_traces');
  assert.ok(section);
  const slice = new SpanSlice();
  const block = readSpanColumns(section);
  const appender = new SpanAppender(slice, block);
  for (let row = 0; row < block.rows; row++) appender.append(row);
  return slice;
}

test('spans are the same however many resources and messages are looked at in between', () => {
  const slice = sliceOf(
    Array.from({ length: 3_000 }, (_, i) => ({
      resource: {
        attributes: ['service.name', 'host.name', 'pod', 'zone'].map((key) => ({
          key,
          value: { stringValue: `${key} ${i}` },
        })),
      },
      span: { status: { code: 2, message: `failed ${i} ${'x'.repeat(200)}` } },
    })),
  );
  assert.equal(slice.rows, 3_000);
  for (let round = 0; round < 2; round++)
    for (let row = 0; row < slice.rows; row++) {
      const { service, resource, statusMessage, status } = spanAt(slice, row);
      assert.equal(service, `service.name ${row}`);
      assert.equal(resource.pairs[resource.pairs.indexOf('pod') + 1], `pod ${row}`);
      assert.equal(statusMessage.startsWith(`failed ${row} `), true);
      assert.equal(status, 'Error');
    }
});

test('numbers are compared as the engine reads them: infinite ones, and what is none', () => {
  const values = ['Infinity', '-Infinity', 'NaN', 1e21, -0.5, 7];
  const slice = sliceOf(
    values.map((doubleValue) => ({ span: { attributes: [{ key: 'x', value: { doubleValue } }] } })),
  );
  const passing = (operator: '>' | '<' | '!=', value: number): unknown[] => {
    const field = { kind: 'attribute', scope: 'span', key: 'x' } as const;
    const holds = compileTest(slice, { kind: 'field', field, test: { kind: 'number', operator, value } });
    return values.filter((_, row) => holds(row));
  };
  assert.deepEqual(passing('>', 5), ['Infinity', 1e21, 7]);
  assert.deepEqual(passing('<', 5), ['-Infinity', -0.5]);
  assert.deepEqual(passing('!=', 7), ['Infinity', '-Infinity', 'NaN', 1e21, -0.5]);
});

test('shapes of rows say what their spans say: ids, names, times, events and links', () => {
  const ns = (after: number): string => String(BigInt(START_MS) * 1_000_000n + BigInt(after));
  const slice = sliceOf([
    { span: { kind: 2, startTimeUnixNano: ns(5), endTimeUnixNano: ns(5_000_000_000) } },
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ledger' } }] },
      span: {
        parentSpanId: 'fedcba9876543210',
        name: 'SELECT',
        kind: 3,
        status: { code: 2 },
        events: [
          { timeUnixNano: ns(7), name: 'exception', attributes: [{ key: 'a', value: { stringValue: 'b' } }] },
          { timeUnixNano: ns(3), name: 'retry' },
        ],
        links: [{ traceId: '0'.repeat(31).concat('1'), spanId: '0'.repeat(15).concat('1') }],
      },
    },
    // Longer than its column holds exactly, and before what came first.
    { span: { startTimeUnixNano: '1', endTimeUnixNano: ns(1) } },
  ]);
  const shapes = new SpanShapes();
  addShapesOf(shapes, slice, Int32Array.of(1));
  addShapesOf(shapes, slice, Int32Array.of(0, 2));
  assert.equal(shapes.rows, 3);
  [1, 0, 2].forEach((row, at) => {
    const span = spanAt(slice, row);
    assert.deepEqual([shapes.idHigh[at], shapes.idLow[at]], idHalves(span.spanId));
    assert.deepEqual([shapes.parentHigh[at], shapes.parentLow[at]], idHalves(span.parentSpanId));
    assert.deepEqual(
      [shapes.name, shapes.service, shapes.kind, shapes.status].map((column) => textAt(column, at)),
      [span.name, span.service, span.kind, span.status],
    );
    assert.equal(shapes.start[at], Number(span.startNs - shapes.baseNs));
    assert.equal(shapes.duration[at], Number(span.durationNs));
    assert.equal(shapes.links[at], span.links.length);
  });
  assert.deepEqual(shapes.events.row, [0, 0]);
  assert.deepEqual(shapes.events.at, [7, 3]);
  assert.deepEqual(
    shapes.events.name.map((code) => shapes.events.names.texts[code]),
    ['exception', 'retry'],
  );
});
