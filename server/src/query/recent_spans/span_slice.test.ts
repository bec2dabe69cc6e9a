import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeOtlpTracesJson } from '../../receive/otlp/index.ts';
import { readSpanColumns } from '../../store/index.ts';
import { spanAt } from './slice_spans.ts';
import { SpanAppender } from './span_appender.ts';
import { SpanSlice } from './span_slice.ts';

const START_MS = 1_790_078_400_000;

/** A slice whose spans are each of a resource and a form of their own. */
function sliceOf(spans: number): SpanSlice {
  const body = {
    resourceSpans: Array.from({ length: spans }, (_, i) => ({
      resource: {
        attributes: ['service.name', 'host.name', 'pod', 'zone'].map((key) => ({
          key,
          value: { stringValue: `${key} ${i}` },
        })),
      },
      scopeSpans: [
        {
          spans: [
            {
              traceId: (i + 1).toString(16).padStart(32, '0'),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              name: 'work',
              startTimeUnixNano: String(BigInt(START_MS) * 1_000_000n),
              endTimeUnixNano: String(BigInt(START_MS) * 1_000_000n + 1n),
              status: { code: 2, message: `failed ${i} ${'x'.repeat(200)}` },
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
  const slice = sliceOf(3_000);
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
