import type { NsRange, SpanPredicate } from '../../store/index.ts';
import { NEVER, type RowTest } from './row_tests.ts';
import { compileTest } from './slice_test.ts';
import { type SpanSlice, ZONE_ROWS } from './span_slice.ts';
import { compileZoneTest } from './zone_test.ts';

/** A trace of a slice with the start of the newest of its spans that were asked for, ns after a moment of the search. */
export interface NewestRow {
  readonly slice: SpanSlice;
  readonly row: number;
  readonly at: number;
}

interface Zone {
  readonly slice: SpanSlice;
  readonly first: number;
  readonly last: number;
  /** Upper word of its latest start. */
  readonly newest: number;
}

const TWO_32 = 4_294_967_296;

/**
 * Rows of slices that begin in a range and satisfy a predicate, those that began last first; of a trace at least its newest. Only
 * as much is looked at as is asked for: slices are read zone by zone, the newest first.
 */
export function* newestRows(
  slices: readonly SpanSlice[],
  range: NsRange,
  predicate: SpanPredicate,
): Generator<NewestRow> {
  const base = Number(range.endNs >> 32n);
  const zones = zonesOf(slices, range, predicate).sort((a, b) => a.newest - b.newest);
  const within: SpanPredicate = { kind: 'within', startNs: range.startNs, endNs: range.endNs };
  const tests = new Map<SpanSlice, RowTest>();
  const testOf = (slice: SpanSlice): RowTest => {
    const known = tests.get(slice);
    if (known !== undefined) return known;
    const test = compileTest(slice, { kind: 'and', parts: [within, predicate] });
    tests.set(slice, test);
    return test;
  };
  let waiting: NewestRow[] = [];
  for (let zone = zones.pop(); zone !== undefined; zone = zones.pop()) {
    const test = testOf(zone.slice);
    if (test !== NEVER) addMatches(zone, test, base, waiting);
    const next = zones.at(-1);
    const bound = next === undefined ? Number.NEGATIVE_INFINITY : (next.newest + 1 - base) * TWO_32;
    waiting.sort((a, b) => a.at - b.at);
    for (let newest = waiting.at(-1); newest !== undefined && newest.at >= bound; newest = waiting.at(-1)) {
      waiting.pop();
      yield newest;
    }
    if (waiting.length === 0) waiting = [];
  }
}

/** The zones that may have rows that are asked for. */
function zonesOf(slices: readonly SpanSlice[], { startNs, endNs }: NsRange, predicate: SpanPredicate): Zone[] {
  const [from, to] = [Number(startNs >> 32n), Number(endNs >> 32n)];
  return slices.flatMap((slice) => {
    const { rows, zoneNewest, zoneOldest } = slice;
    const mayHold = compileZoneTest(slice, predicate);
    const zones: Zone[] = [];
    for (let zone = 0; zone * ZONE_ROWS < rows; zone++) {
      const newest = zoneNewest[zone] as number;
      if (newest < from || (zoneOldest[zone] as number) > to || !mayHold(zone)) continue;
      const first = zone * ZONE_ROWS;
      zones.push({ slice, first, last: Math.min(rows, first + ZONE_ROWS) - 1, newest });
    }
    return zones;
  });
}

/** Of rows of one trace that follow one another the newest is enough. */
function addMatches({ slice, first, last }: Zone, test: RowTest, base: number, matches: NewestRow[]): void {
  const { starts, traceOf, repeats } = slice;
  for (let row = last; row >= first; row--) {
    if (!test(row) || repeats.has(row)) continue;
    const at = ((starts[row * 2 + 1] as number) - base) * TWO_32 + (starts[row * 2] as number);
    const before = matches.at(-1);
    if (before !== undefined && before.slice === slice && traceOf[before.row] === traceOf[row]) {
      if (at > before.at) matches[matches.length - 1] = { slice, row, at };
    } else matches.push({ slice, row, at });
  }
}
