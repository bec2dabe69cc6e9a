import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import type { Section } from '../../model/section.ts';
import { decodeOtlpTracesJson } from '../../receive/otlp/index.ts';
import { ANY_SPAN, readSpanColumns } from '../../store/index.ts';
import { earlier, later } from './kept_slice.ts';
import { newestRows } from './newest_rows.ts';
import { RecentSpans } from './recent_spans.ts';
import { spanAt } from './slice_spans.ts';

/** Noon of a day, so that no test reaches into another. */
const ORIGIN_MS = 1_790_078_400_000;
const ns = (ms: number): bigint => BigInt(ORIGIN_MS + ms) * 1_000_000n;

interface Sent {
  readonly trace: number;
  /** 0 is the root. */
  readonly span: number;
  /** After the trace began, ms. */
  readonly offsetMs: number;
}

/** Traces begin a minute apart; all of their spans within half a minute. */
const startMs = ({ trace, offsetMs }: Sent): number => trace * 60_000 + offsetMs;
const traceId = (trace: number): string => (trace + 1).toString(16).padStart(32, '0');
const spanId = ({ trace, span }: Sent): string => (trace * 100 + span + 1).toString(16).padStart(16, '0');
const keyOf = (sent: Sent): string => `${traceId(sent.trace)} ${spanId(sent)}`;

let sections = 0;

/** Spans as they come in, with more text than any others. */
function sectionOf(spans: readonly Sent[]): Section {
  sections++;
  const body = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: spans.map((one) => ({
              traceId: traceId(one.trace),
              spanId: spanId(one),
              parentSpanId: one.span === 0 ? '' : spanId({ ...one, span: 0 }),
              name: 'work',
              startTimeUnixNano: String(ns(startMs(one))),
              endTimeUnixNano: String(ns(startMs(one)) + 5n),
              attributes: [{ key: 'text', value: { stringValue: `${sections} ${one.span} `.repeat(1500) } }],
            })),
          },
        ],
      },
    ],
  };
  const context = {
    // Of the latest of them: none is refused for its time.
    nowMs: ORIGIN_MS + Math.max(...spans.map(startMs)),
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const decoded = decodeOtlpTracesJson(Uint8Array.from(Buffer.from(JSON.stringify(body))), context, undefined);
  const section = decoded.sections.find(({ table }) => table === 'otel_traces');
  assert.ok(section);
  return section;
}

/** Memory beside a store that gets what memory is told of, later. */
class World {
  nowMs = ORIGIN_MS + 1_000_000;
  /** Requests for which memory had to let go of others. */
  lettings = 0;
  readonly recent: RecentSpans;
  readonly #sent: { readonly span: Sent; readonly cameMs: number }[] = [];
  #stored: Sent[] = [];
  #waiting: { readonly span: Sent; readonly cameMs: number }[] = [];

  constructor(budgetBytes: number) {
    this.recent = new RecentSpans(
      () => budgetBytes,
      () => this.nowMs,
    );
  }

  /** Acknowledges a request. @param isTold false: before memory listened */
  send(spans: readonly Sent[], isTold = true): void {
    this.nowMs += 10;
    for (const span of spans) this.#sent.push({ span, cameMs: this.nowMs });
    if (!isTold) this.#stored.push(...spans);
    else {
      for (const span of spans) this.#waiting.push({ span, cameMs: this.nowMs });
      const { rows } = this.recent;
      this.recent.append(sectionOf(spans), this.nowMs);
      if (this.recent.rows < rows + spans.length) this.lettings++;
    }
  }

  load(): void {
    this.nowMs += 10;
    this.#stored.push(...this.#waiting.map(({ span }) => span));
    this.#waiting = [];
    this.recent.loadedBefore(this.nowMs);
  }

  attach(): void {
    this.load();
    const starts = this.#stored.map((span) => ns(startMs(span)));
    const newest = starts.length === 0 ? undefined : starts.reduce(later);
    this.recent.attach(this.nowMs, newest);
  }

  /** @param meanwhile what happens between reading and having read */
  fill(minutes: number, meanwhile: () => void): void {
    const starts = this.#stored.map((span) => ns(startMs(span)));
    if (starts.length === 0) return;
    const task = this.recent.nextFill(BigInt(minutes) * 60_000_000_000n, starts.reduce(earlier));
    if (task === undefined) return;
    const rows = this.#stored.filter((one) => ns(startMs(one)) >= task.startNs && ns(startMs(one)) < task.endNs);
    if (rows.length > 0) task.add(readSpanColumns(sectionOf(rows)));
    meanwhile();
    task.finish();
  }

  /** What a query sees of a range: of memory, and of the store below the floor. */
  seen(fromMs: number, toMs: number): string[] {
    const range = { startNs: ns(fromMs), endNs: ns(toMs) };
    const floor = this.recent.floorNs;
    const below = earlier(floor ?? range.endNs, range.endNs);
    const found: string[] = [];
    const note = (from: bigint, to: bigint): void => {
      for (const { slice, row } of this.recent.matching({ startNs: from, endNs: to }, ANY_SPAN)) {
        const { traceId: trace, spanId: span } = spanAt(slice, row);
        found.push(`${trace} ${span}`);
      }
    };
    // Above the floor each span is there once.
    if (below < range.endNs) note(later(below, range.startNs), range.endNs);
    const older = new Set(
      this.#stored.filter((one) => ns(startMs(one)) >= range.startNs && ns(startMs(one)) < below).map(keyOf),
    );
    const above = found.splice(0);
    if (below > range.startNs) note(range.startNs, below);
    for (const key of found) older.add(key);
    return [...above, ...older].sort();
  }

  truth(fromMs: number, toMs: number): string[] {
    const within = this.#sent.filter(({ span }) => startMs(span) >= fromMs && startMs(span) < toMs);
    return [...new Set(within.map(({ span }) => keyOf(span)))].sort();
  }

  trace(trace: number): void {
    const found = this.recent.traces([traceId(trace)]).get(traceId(trace));
    const truth = new Set(this.#sent.flatMap(({ span }) => (span.trace === trace ? [keyOf(span)] : [])));
    if (this.recent.hasAll) assert.equal(found === undefined ? 0 : 1, truth.size === 0 ? 0 : 1);
    if (found?.isWhole !== true) return;
    assert.deepEqual(
      new Set(found.spans.map((span) => `${span.traceId} ${span.spanId}`)),
      truth,
      'a whole trace has all its spans',
    );
  }

  reset(): void {
    this.recent.reset();
  }
}

const sent = fc
  .record({ trace: fc.integer({ min: 0, max: 14 }), span: fc.integer({ min: 0, max: 30 }) })
  .map(({ trace, span }): Sent => ({ trace, span, offsetMs: span === 0 ? 0 : (span * 977) % 30_000 }));
const request = fc.array(sent, { minLength: 1, maxLength: 25 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), spans: request }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('load' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      minutes: fc.integer({ min: 1, max: 6 }),
      meanwhile: fc.option(request, { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      from: fc.integer({ min: 0, max: 900 }),
      seconds: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin anew' as const), unheard: request }) },
);

test('memory and store together show what was acknowledged, once, whatever is loaded, let go of, filled and begun anew', () => {
  let above = 0;
  let whole = 0;
  let lettings = 0;
  fc.assert(
    fc.property(request, fc.array(step, { maxLength: 40, size: 'max' }), (before, steps) => {
      const world = new World(400_000);
      world.send(before, false);
      world.attach();
      for (const one of steps) {
        if (one.kind === 'send') world.send(one.spans);
        else if (one.kind === 'load') world.load();
        else if (one.kind === 'fill')
          world.fill(one.minutes, () => {
            if (one.meanwhile === undefined) return;
            world.send(one.meanwhile);
            world.load();
          });
        else if (one.kind === 'begin anew') {
          world.reset();
          world.load();
          world.send(one.unheard, false);
          world.attach();
        } else {
          const [from, to] = [one.from * 1000, (one.from + one.seconds) * 1000];
          assert.deepEqual(world.seen(from, to), world.truth(from, to));
        }
        for (let trace = 0; trace < 15; trace++) world.trace(trace);
        const floor = world.recent.floorNs;
        if (floor !== undefined && floor < ns(840_000)) above++;
        if (world.recent.hasAll) whole++;
      }
      lettings += world.lettings;
    }),
    { numRuns: 25, seed: 7 },
  );
  const seen = `memory had something ${above} times and all ${whole} times, and let go ${lettings} times`;
  assert.ok(above > 100 && whole > 10 && lettings > 10, seen);
});

test('rows of a search come newest first', () => {
  const world = new World(64 * 1024 * 1024);
  world.attach();
  for (let at = 0; at < 12; at++)
    world.send(
      Array.from({ length: 25 }, (_, span) => ({ trace: (at * 7) % 13, span, offsetMs: (span * 977 + at) % 30_000 })),
    );
  const range = { startNs: ns(60_000), endNs: ns(500_000) };
  const starts = Array.from(newestRows(world.recent.slices(range), range, ANY_SPAN), ({ slice, row }) =>
    slice.startNs(row),
  );
  assert.ok(starts.length > 5);
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0)),
  );
  assert.ok(starts.every((start) => start >= range.startNs && start < range.endNs));
});

/** Spans of one trace, a millisecond apart, whose attributes no other has. */
function distinctSpans(spans: number, attributes: number, textLength: number): Section {
  const body = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: Array.from({ length: spans }, (_, span) => ({
              traceId: traceId(0),
              spanId: spanId({ trace: 0, span, offsetMs: 0 }),
              name: 'work',
              startTimeUnixNano: String(ns(span)),
              endTimeUnixNano: String(ns(span) + 5n),
              attributes: Array.from({ length: attributes }, (_unused, at) => ({
                key: `k${at}`,
                value: { stringValue: `${span} ${at}`.padEnd(textLength, '.') },
              })),
            })),
          },
        ],
      },
    ],
  };
  const context = {
    nowMs: ORIGIN_MS + spans,
    limits: DEFAULT_DECODE_LIMITS,
    series: createMapInterner(),
    streams: createMapInterner(),
  };
  const { sections: found } = decodeOtlpTracesJson(
    Uint8Array.from(Buffer.from(JSON.stringify(body))),
    context,
    undefined,
  );
  const section = found.find(({ table }) => table === 'otel_traces');
  assert.ok(section);
  return section;
}

test('a stretch with more distinct attributes than a slice takes is filled with all of its spans', () => {
  const recent = new RecentSpans(() => 1024 * 1024 * 1024);
  recent.attach(0, ns(10_000));
  const task = recent.nextFill(60_000_000_000n, ns(0));
  assert.ok(task);
  assert.equal(task.add(readSpanColumns(distinctSpans(7_000, 10, 0))), true);
  task.finish();
  assert.equal(recent.hasAll, true);
  assert.equal(recent.rows, 7_000);
});

test('a stretch that takes more memory than there is room for is too long', () => {
  const recent = new RecentSpans(() => 4 * 1024 * 1024);
  recent.attach(0, ns(10_000));
  const task = recent.nextFill(60_000_000_000n, ns(0));
  assert.ok(task);
  assert.equal(task.add(readSpanColumns(distinctSpans(100, 1, 1024))), true);
  assert.equal(task.add(readSpanColumns(distinctSpans(100, 1, 60_000))), false);
});
