import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeOtlpTracesJson } from '../../receive/otlp/index.ts';
import { StoreError } from '../../store/index.ts';
import { RecentSpans } from '../recent_spans/recent_spans.ts';
import { traceqlMetrics } from '../traceql/metrics/evaluate_metrics.ts';
import { parseSearch } from '../traceql/search_query.ts';
import { visitMatchingSpans } from './matching_spans.ts';
import { serviceCalls, spanServices } from './operations.ts';
import { searchTraces } from './search.ts';
import { fieldNamed, tagNames, tagValues } from './tags.ts';
import { spansOfTraces, type TraceStore } from './trace.ts';

/** Queries over spans in memory whose client leaves: what is in memory alone never waits for anybody. */

const START_MS = 1_790_078_400_000;
const TRACES = 4_000;
const SPANS_OF_A_TRACE = 5;
const idOf = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

function memory(): RecentSpans {
  const recent = new RecentSpans(() => 256 * 1024 * 1024);
  recent.attach(0, undefined);
  const context = {
    nowMs: START_MS + TRACES,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const spans = Array.from({ length: TRACES * SPANS_OF_A_TRACE }, (_, i) => {
    const startNs = BigInt(START_MS + Math.floor(i / SPANS_OF_A_TRACE)) * 1_000_000n;
    return {
      traceId: idOf(1 + Math.floor(i / SPANS_OF_A_TRACE), 32),
      spanId: idOf(1 + i, 16),
      parentSpanId: i % SPANS_OF_A_TRACE === 0 ? '' : idOf(1 + i - (i % SPANS_OF_A_TRACE), 16),
      name: `work ${i % 7}`,
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(startNs + 1_000_000n),
      attributes: [{ key: 'n', value: { intValue: i } }],
    };
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  const { sections } = decodeOtlpTracesJson(Uint8Array.from(Buffer.from(body)), context, undefined);
  for (const section of sections) if (section.table === 'otel_traces') recent.append(section, START_MS);
  return recent;
}

const refuses = (): never => assert.fail('the store is not asked');
const store: TraceStore = {
  reader: { query: refuses, collect: refuses },
  query: { database: 'none' },
  recent: memory(),
};
const range = {
  startNs: BigInt(START_MS) * 1_000_000n,
  endNs: BigInt(START_MS + TRACES) * 1_000_000n,
};
const SLOW = '{ span.n > 0 } >> { span.n >= 0 } | count() > 99';
const ids = Array.from({ length: 5 * TRACES }, (_, i) => idOf((i % TRACES) + 1, 32));
const metrics = (text: string, signal: AbortSignal): Promise<unknown> =>
  traceqlMetrics(store, { ...range, stepNs: 1_000_000_000n, text, exemplars: 0, signal });

const QUERIES: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
  'traces by id': (signal) => spansOfTraces(store, ids, signal),
  'a search': (signal) => searchTraces(store, { ...range, limit: 20, traceql: parseSearch(SLOW), signal }),
  'the slowest traces': (signal) =>
    searchTraces(store, { ...range, limit: 500, order: 'slowest', traceql: parseSearch('{ span.n > 0 }'), signal }),
  'metrics of spans': (signal) => metrics('{ .n > 0 } | compare({ .n > 5 })', signal),
  'metrics of whole traces': (signal) => metrics('{ .n > 0 } >> { .n > 0 } | rate()', signal),
  'what spans differ in': (signal) =>
    visitMatchingSpans(store, parseSearch('{ span.n > 0 }'), { ...range, signal }, () => undefined),
};

for (const [name, ask] of Object.entries(QUERIES))
  test(`${name}: ends soon after its client has left, and lets others work until then`, async () => {
    const left = new AbortController();
    // Only when somebody else has a turn while the query works does it hear of this.
    setImmediate(() => left.abort());
    await assert.rejects(ask(left.signal), (error) => error instanceof StoreError && error.kind === 'cancelled');
  });

test('counts over spans in memory are not begun for who has left', async () => {
  const signal = AbortSignal.abort();
  const field = fieldNamed('span.n');
  assert.ok(field !== undefined);
  for (const ask of [
    () => metrics('{ } | rate()', signal),
    () => serviceCalls(store, range, signal),
    () => spanServices(store, range, 10, signal),
    () => tagNames(store, 'span', { ...range, filter: '', limit: 10, signal, fresh: true }),
    () => tagValues(store, field, { ...range, filter: '', limit: 10, signal }),
  ])
    await assert.rejects(ask(), (error) => error instanceof StoreError && error.kind === 'cancelled');
});
