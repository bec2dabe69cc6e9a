import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeOtlpTracesJson } from '../../receive/otlp/index.ts';
import { RecentSpans } from '../recent_spans/recent_spans.ts';
import { parseSearch } from '../traceql/search_query.ts';
import { compileRowFilter } from './row_filter.ts';

const START_MS = 1_790_078_400_000;

/** Trace, id, parent, service, and the value of an attribute `n` as OTLP/JSON has it. */
type Sent = readonly [trace: number, id: number, parent: number, service: string, n?: object];

const hex = (id: number, digits: number): string => id.toString(16).padStart(digits, '0');

function memoryOf(spans: readonly Sent[]): RecentSpans {
  const body = {
    resourceSpans: spans.map(([trace, id, parent, service, n]) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: hex(trace, 32),
              spanId: hex(id, 16),
              parentSpanId: parent === 0 ? '' : hex(parent, 16),
              name: 'work',
              startTimeUnixNano: String(BigInt(START_MS + id) * 1_000_000n),
              endTimeUnixNano: String(BigInt(START_MS + id) * 1_000_000n + 1n),
              attributes: n === undefined ? [] : [{ key: 'n', value: n }],
            },
          ],
        },
      ],
    })),
  };
  const context = {
    nowMs: START_MS + 1000,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const { sections } = decodeOtlpTracesJson(Uint8Array.from(Buffer.from(JSON.stringify(body))), context, undefined);
  const recent = new RecentSpans(() => 1024 * 1024);
  recent.attach(0, undefined);
  for (const section of sections) if (section.table === 'otel_traces') recent.append(section, START_MS);
  return recent;
}

const SPANS: readonly Sent[] = [
  [1, 1, 0, 'shop'],
  [1, 2, 1, 'bank'],
  [1, 3, 2, 'mail'],
  // Both below another: none is below the other.
  [2, 1, 0, 'bank'],
  [2, 2, 1, 'shop'],
  [2, 3, 1, 'mail'],
  // Two spans of one id.
  [3, 1, 0, 'bank'],
  [3, 2, 1, 'mail'],
  [3, 2, 1, 'mail', { stringValue: 'x' }],
  // A circle.
  [4, 1, 2, 'mail'],
  [4, 2, 1, 'bank'],
];

test('traces that cannot match are told by their rows, what rows cannot tell may match', () => {
  const recent = memoryOf(SPANS);
  const mayMatch = (text: string): readonly number[] => {
    const filter = compileRowFilter(recent, parseSearch(text).stages);
    assert.ok(filter !== undefined, text);
    return [1, 2, 3, 4].filter((trace) => filter(hex(trace, 32)));
  };
  const of = (service: string): string => `{ resource.service.name = "${service}" }`;
  assert.deepEqual(mayMatch(`${of('shop')} >> ${of('mail')}`), [1, 3, 4]);
  assert.deepEqual(mayMatch(`${of('shop')} > ${of('mail')}`), [3, 4]);
  assert.deepEqual(mayMatch(`${of('shop')} ~ ${of('mail')}`), [2, 3, 4]);
  assert.deepEqual(mayMatch(`${of('shop')} !>> ${of('mail')}`), [2, 3, 4]);
  assert.deepEqual(mayMatch(`${of('shop')} && ${of('bank')}`), [1, 2, 3, 4]);
  assert.deepEqual(mayMatch(`${of('shop')} && ${of('none')}`), [3, 4]);
  assert.deepEqual(mayMatch(`${of('none')} || ${of('shop')}`), [1, 2, 3, 4]);
  assert.equal(compileRowFilter(recent, parseSearch(`${of('shop')} && { traceDuration > 1s }`).stages), undefined);
});

test('a value that its text does not tell may be any', () => {
  const array = { arrayValue: { values: [{ stringValue: 'x' }, { stringValue: 'y' }] } };
  const recent = memoryOf([
    [1, 1, 0, 'shop', array],
    [1, 2, 1, 'mail'],
    [2, 1, 0, 'shop', { stringValue: 'y' }],
    [2, 2, 1, 'mail'],
  ]);
  const filter = compileRowFilter(recent, parseSearch('{ span.n = "x" } >> { resource.service.name = "mail" }').stages);
  assert.deepEqual([filter?.(hex(1, 32)), filter?.(hex(2, 32))], [true, false]);
});

test('a trace that memory may not have all of may match', () => {
  const filter = compileRowFilter(memoryOf(SPANS), parseSearch('{ name = "x" } >> { name = "y" }').stages);
  assert.deepEqual([filter?.(hex(1, 32)), filter?.(hex(9, 32))], [false, true]);
});
