import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DECODE_LIMITS } from '../model/decode_limits.ts';
import { createMapInterner } from '../model/map_interner.ts';
import type { Section } from '../model/section.ts';
import type { RecentSpans } from '../query/index.ts';
import { decodeOtlpTracesJson } from '../receive/otlp/index.ts';
import { SpanShapes, type StoreReader, textAt } from '../store/index.ts';
import { createQuerySpans, type QuerySpans } from './query_spans.ts';

const MINUTE = 60_000;
/** The start of the tests' clock: memory says that it began to listen when it is attached, which is now. */
const NOW = Date.now();
const KIB = 1024;

const traceId = (n: number): string => n.toString(16).padStart(32, '0');

/** A request with one span of each trace, `minutes` from now. */
function request(traces: readonly number[], minutes: number, parentSpanId = ''): readonly Section[] {
  const spans = traces.map((n) => ({
    traceId: traceId(n),
    spanId: (n + 1).toString(16).padStart(16, '1'),
    parentSpanId,
    name: `work ${n}`,
    attributes: [{ key: 'text', value: { stringValue: String(n).repeat(500) } }],
    startTimeUnixNano: `${NOW + minutes * MINUTE + n}000000`,
    endTimeUnixNano: `${NOW + minutes * MINUTE + n + 1}000000`,
  }));
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  const context = {
    nowMs: NOW + minutes * MINUTE,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  return decodeOtlpTracesJson(Uint8Array.from(body), context, undefined).sections;
}

/** A store without spans. */
const reader: StoreReader = {
  async *query() {},
  collect: async () => ({ blocks: [], cost: { rowsRead: 0, bytesRead: 0, milliseconds: 0 } }),
};

/** A store with one span, from before the tests, that is slow to be read. */
const slowReader: StoreReader = {
  async *query() {
    await new Promise(() => {});
  },
  async collect() {
    const times = { kind: 'number', values: BigInt64Array.of(BigInt(NOW) * 1_000_000n) } as const;
    const block = { rows: 1, names: ['oldest', 'newest'], types: ['Int64', 'Int64'], columns: [times, times] };
    return { blocks: [block], cost: { rowsRead: 0, bytesRead: 0, milliseconds: 0 } };
  },
};

function started(
  budgetBytes: number,
  from = reader,
): {
  readonly spans: QuerySpans;
  readonly recent: RecentSpans;
  readonly errors: string[];
  take(sections: readonly Section[], minutes: number): void;
} {
  const errors: string[] = [];
  const spans = createQuerySpans({ budgetBytes, reader: from, onError: (error) => errors.push(String(error)) });
  const take = (sections: readonly Section[], minutes: number): void =>
    spans.receive({ kind: 'sections', tenant: 'shop', atMs: NOW + minutes * MINUTE, sections, kib: 1 });
  return { spans, recent: spans.of('shop'), errors, take };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('spans are there as soon as they are handed over; the store need not be asked once it is known what it has', async () => {
  const { spans, recent, take } = started(64 * KIB * KIB);
  take(request([1, 2], 2), 2);
  assert.equal(recent.traces([traceId(1)]).get(traceId(1))?.spans[0]?.name, 'work 1');
  assert.equal(recent.traces([traceId(1)]).get(traceId(1))?.isWhole, false);
  assert.equal(recent.floorNs, undefined);
  spans.receive({ kind: 'attach' });
  await turn();
  assert.equal(recent.floorNs, 0n);
  const found = recent.traces([traceId(1), traceId(2), traceId(3)]);
  const shapes = new SpanShapes();
  const isWhole = recent.addShapes(shapes, traceId(2));
  const names = Array.from({ length: shapes.rows }, (_, row) => textAt(shapes.name, row));
  assert.deepEqual(names, found.get(traceId(2))?.spans.map(({ name }) => name) ?? [], 'shapes are of the same spans');
  assert.equal(isWhole, found.get(traceId(2))?.isWhole ?? false);
  assert.deepEqual([...found.keys()], [traceId(1), traceId(2)]);
  assert.equal(found.get(traceId(2))?.isWhole, true);
});

test('a trace without its root, or that began before memory listened, may have more in the store', async () => {
  const { spans, recent, take } = started(64 * KIB * KIB, slowReader);
  spans.receive({ kind: 'attach' });
  await turn();
  take(request([1], 2, '00f067aa0ba902b7'), 2);
  take(request([2], 0), 0);
  assert.equal(recent.traces([traceId(1)]).get(traceId(1))?.isWhole, false);
  assert.equal(recent.traces([traceId(2)]).get(traceId(2))?.isWhole, false);
});

test('of a trace that the store has to be asked for, shapes are only what the store may not have', async () => {
  const { spans, recent, take } = started(64 * KIB * KIB, slowReader);
  spans.receive({ kind: 'attach' });
  await turn();
  take(request([1], 0), 0);
  const shapes = (): readonly [isWhole: boolean, count: number] => {
    const added = new SpanShapes();
    return [recent.addShapes(added, traceId(1)), added.rows];
  };
  assert.deepEqual(shapes(), [false, 1]);
  take(request([1], 2), 2);
  spans.receive({ kind: 'loaded', beforeMs: NOW + MINUTE });
  assert.deepEqual(shapes(), [false, 1], 'only what came since');
  spans.receive({ kind: 'loaded', beforeMs: NOW + 3 * MINUTE });
  assert.deepEqual(shapes(), [false, 0]);
});

test('where the store has a trace is remembered until something of it may be loaded', async () => {
  const { spans, recent, take } = started(64 * KIB * KIB);
  const range = { startNs: 1n, endNs: 2n, lacks: 0 };
  const note = (minutes: number): void => recent.noteRange(traceId(1), range, recent.asking(NOW + minutes * MINUTE));
  const known = (minutes: number): boolean => recent.rangeOf(traceId(1), NOW + minutes * MINUTE) !== undefined;
  note(-1);
  spans.receive({ kind: 'attach' });
  await turn();
  assert.equal(known(0), false, 'what was asked before memory listened');
  spans.receive({ kind: 'loaded', beforeMs: NOW + MINUTE });
  note(1);
  assert.deepEqual([known(1.5), known(3)], [true, false], 'for a minute');
  take(request([2], 1.2), 1.2);
  assert.equal(known(1.5), true, 'another trace');
  take(request([1], 1.3), 1.3);
  assert.equal(known(1.5), false, 'a span of it came');
  note(1.4);
  assert.equal(known(1.5), false, 'the span was not loaded when the store was asked');
  spans.receive({ kind: 'loaded', beforeMs: NOW + 1.5 * MINUTE });
  note(1.6);
  assert.equal(known(1.7), true);
  spans.receive({ kind: 'reset' });
  assert.equal(known(1.7), false);
});

test('over the budget the oldest go when they are loaded, their traces are not whole any more, the floor rises', async () => {
  const budget = 2 * KIB * KIB;
  const { spans, recent, errors, take } = started(budget);
  spans.receive({ kind: 'attach' });
  await turn();
  const many = (from: number): number[] => Array.from({ length: 200 }, (_, i) => from + i);
  take([...request(many(1000), 2), ...request([7], 2)], 2);
  for (let minute = 3; minute < 6; minute++) take(request(many(minute * 1000), minute), minute);
  assert.equal(recent.traces([traceId(1000)]).get(traceId(1000))?.isWhole, true);
  spans.receive({ kind: 'loaded', beforeMs: NOW + 3.5 * MINUTE });
  take(request([7], 6), 6);
  for (let minute = 6; minute < 16; minute++) {
    take(request(many(minute * 1000), minute), minute);
    spans.receive({ kind: 'loaded', beforeMs: NOW + (minute + 0.5) * MINUTE });
  }
  assert.equal(recent.traces([traceId(1000)]).get(traceId(1000)), undefined);
  assert.ok((recent.floorNs ?? 0n) > BigInt(NOW) * 1_000_000n);
  assert.ok(recent.bytes > budget / 2 && recent.bytes <= budget * 1.5, `${recent.bytes} bytes`);
  take(request([7], 16), 16);
  assert.equal(recent.traces([traceId(7)]).get(traceId(7))?.isWhole, false);
  assert.deepEqual(errors, []);
});

test('spans that are not loaded stay half as much again as the budget; what goes after that is said', () => {
  const budget = KIB * KIB;
  const { spans, recent, errors, take } = started(budget);
  const many = Array.from({ length: 100 }, (_, i) => i + 1);
  for (let minute = 1; recent.bytes < budget * 1.1; minute++) take(request(many, minute), minute);
  spans.receive({ kind: 'loaded', beforeMs: 0 });
  assert.deepEqual(errors, []);
  for (let minute = 100; minute < 110; minute++) take(request(many, minute), minute);
  spans.receive({ kind: 'loaded', beforeMs: 0 });
  assert.match(errors.join(), /were let go before the store had them/);
});

test('a reset forgets everything until memory is attached again', async () => {
  const { spans, recent, take } = started(64 * KIB * KIB);
  spans.receive({ kind: 'attach' });
  await turn();
  take(request([1], 2), 2);
  spans.receive({ kind: 'reset' });
  assert.equal(recent.traces([traceId(1)]).size, 0);
  assert.equal(recent.floorNs, undefined);
  spans.receive({ kind: 'attach' });
  await turn();
  assert.equal(recent.floorNs, 0n);
});
