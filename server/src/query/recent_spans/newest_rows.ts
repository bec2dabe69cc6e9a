import type { NsRange, SpanPredicate } from '../../store/index.ts';
import { ALWAYS, NEVER, type RowTest } from './row_tests.ts';
import { compileTest } from './slice_test.ts';
import { type SpanSlice, ZONE_ROWS } from './span_slice.ts';
import { compileZoneTest, zoneCoverage } from './zone_test.ts';

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
  /** Whether all of its rows surely begin in the range. */
  readonly isInside: boolean;
}

const TWO_32 = 4_294_967_296;

/** What a row has to satisfy: all of `tests`, and in zones at the ends of the range `within`. */
interface SliceTests {
  readonly within: RowTest;
  readonly tests: readonly RowTest[];
}

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
  const parts = conjuncts(predicate);
  const compiled = new Map<SpanSlice, SliceTests>();
  const testsOf = (slice: SpanSlice): SliceTests => {
    const known = compiled.get(slice);
    if (known !== undefined) return known;
    const within = compileTest(slice, { kind: 'within', startNs: range.startNs, endNs: range.endNs });
    const tests = { within, tests: parts.map((part) => compileTest(slice, part)).filter((test) => test !== ALWAYS) };
    compiled.set(slice, tests);
    return tests;
  };
  let waiting: NewestRow[] = [];
  for (let zone = zones.pop(); zone !== undefined; zone = zones.pop()) {
    addMatches(zone, testsOf(zone.slice), base, waiting);
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

/** The parts of a predicate that all have to hold. */
function conjuncts(predicate: SpanPredicate): readonly SpanPredicate[] {
  return predicate.kind === 'and' ? predicate.parts.flatMap(conjuncts) : [predicate];
}

/** The zones that may have rows that are asked for. */
function zonesOf(slices: readonly SpanSlice[], range: NsRange, predicate: SpanPredicate): Zone[] {
  return slices.flatMap((slice) => {
    const { rows, zoneNewest } = slice;
    const coverageOf = zoneCoverage(slice, range);
    const mayHold = compileZoneTest(slice, predicate);
    const zones: Zone[] = [];
    for (let zone = 0; zone * ZONE_ROWS < rows; zone++) {
      const coverage = coverageOf(zone);
      if (coverage === 'none' || !mayHold(zone)) continue;
      const first = zone * ZONE_ROWS;
      const last = Math.min(rows, first + ZONE_ROWS) - 1;
      zones.push({ slice, first, last, newest: zoneNewest[zone] as number, isInside: coverage === 'all' });
    }
    return zones;
  });
}

const kept = new Uint32Array(ZONE_ROWS);

/** Of rows of one trace that follow one another the newest is enough. */
function addMatches(
  { slice, first, last, isInside }: Zone,
  { within, tests }: SliceTests,
  base: number,
  matches: NewestRow[],
): void {
  if (tests.includes(NEVER)) return;
  let count = 0;
  for (let row = last; row >= first; row--) kept[count++] = row;
  if (!isInside) count = narrow(kept, count, within);
  for (const test of tests) count = narrow(kept, count, test);
  const { starts, traceOf, repeats } = slice;
  for (let i = 0; i < count; i++) {
    const row = kept[i] as number;
    if (repeats.has(row)) continue;
    const at = ((starts[row * 2 + 1] as number) - base) * TWO_32 + (starts[row * 2] as number);
    const before = matches.at(-1);
    if (before !== undefined && before.slice === slice && traceOf[before.row] === traceOf[row]) {
      if (at > before.at) matches[matches.length - 1] = { slice, row, at };
    } else matches.push({ slice, row, at });
  }
}

/** Keeps the rows that pass a test, in their order; returns how many. */
function narrow(rows: Uint32Array, count: number, test: RowTest): number {
  let left = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    if (test(row)) rows[left++] = row;
  }
  return left;
}
