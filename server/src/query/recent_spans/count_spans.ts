import { type SpanExample, type SpanSeriesRequest, type SpanSeriesRow, StoreError } from '../../store/index.ts';
import { FieldLabels, labelReader } from './field_labels.ts';
import { NO_NUMBERS, numberReader } from './field_numbers.ts';
import { inTurns } from './in_turns.ts';
import { LabelGroups } from './label_groups.ts';
import { NEVER } from './row_tests.ts';
import { spanIdAt, traceIdAt } from './slice_spans.ts';
import { compileTest } from './slice_test.ts';
import type { SpanSlice } from './span_slice.ts';
import { stretchReader } from './span_stretches.ts';

/** Groups times stretches at most, as in the store. */
const MOST_CELLS = 1_000_000;
/** Powers of two that a value may have. */
const EXPONENTS = 64;

/**
 * Counts and sums of spans by stretch and fields, as the store answers (store/reads/span_series.ts): each span once, and as
 * many times as it stands for. Spans that begin before `fromNs` are left out. Throws StoreError, kind `limit` beyond a million
 * rows.
 */
export async function countRecentSpans(
  slices: readonly SpanSlice[],
  request: SpanSeriesRequest,
  fromNs: bigint,
  signal?: AbortSignal,
): Promise<SpanSeriesRow[]> {
  const { by, value, powers, examples, stretches } = request;
  const stretchOf = stretchReader(request, fromNs);
  const labels = by.map(() => new FieldLabels());
  const groups = new LabelGroups(labels);
  const valueLabels = new FieldLabels();
  const cells = new Cells();
  /** Groups in a stretch of which a span is named. */
  const exampled = new Set<number>();
  for await (const slice of inTurns(slices, signal)) {
    const test = compileTest(slice, request.predicate);
    const readers = by.map((field, i) => labelReader(slice, field, labels[i] as FieldLabels));
    const read = value === undefined ? NO_NUMBERS : numberReader(slice, value, valueLabels);
    const weights = weightReader(slice);
    const { repeats, rows } = slice;
    for (let row = 0; row < rows; row++) {
      const stretch = stretchOf(slice, row);
      if (stretch < 0 || (repeats.size > 0 && repeats.has(row)) || !test(row)) continue;
      const exponent = powers ? read.exponent(row) : 0;
      if (exponent < 0) continue;
      const series = groups.of(readers, row) * stretches + stretch;
      const cell = cells.of(series * EXPONENTS + exponent);
      const number = read.number(row);
      if (examples && cell.spans === 0 && !exampled.has(series)) {
        exampled.add(series);
        cell.example = exampleOf(slice, row, number);
      }
      addSpan(cell, weights(row), number);
    }
  }
  return cells.rows((key) => {
    const cell = Math.floor(key / EXPONENTS);
    const power = powers ? 2 ** (key % EXPONENTS) : 0;
    return { stretch: cell % stretches, by: groups.labels(Math.floor(cell / stretches)), power };
  });
}

function weightReader(slice: SpanSlice): (row: number) => number {
  const weights: number[] = [];
  return (row) => {
    const code = slice.forms.at(row);
    weights[code] ??= slice.form(code).weight;
    return weights[code];
  };
}

/** The stretches in which a span satisfies a predicate, in no order. Spans that begin before `fromNs` are left out. */
export async function recentSpanStretches(
  slices: readonly SpanSlice[],
  request: Pick<SpanSeriesRequest, 'originNs' | 'widthNs' | 'stretches' | 'predicate'>,
  fromNs: bigint,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const stretchOf = stretchReader(request, fromNs);
  const found = new Set<number>();
  for await (const slice of inTurns(slices, signal)) {
    const test = compileTest(slice, request.predicate);
    if (test === NEVER) continue;
    for (let row = 0; row < slice.rows; row++) {
      const stretch = stretchOf(slice, row);
      if (stretch >= 0 && !found.has(stretch) && test(row)) found.add(stretch);
    }
  }
  return [...found];
}

/** What is summed up of the spans of one group and stretch. */
interface Cell {
  spans: number;
  weight: number;
  numbers: number;
  sum: number;
  min: number;
  max: number;
  example: SpanExample | undefined;
}

class Cells {
  readonly #cells = new Map<number, Cell>();
  #last: Cell | undefined;
  #lastKey = -1;

  of(key: number): Cell {
    if (key === this.#lastKey && this.#last !== undefined) return this.#last;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      if (this.#cells.size >= MOST_CELLS)
        throw new StoreError('limit', 0, `more than ${MOST_CELLS} groups: group by less, or use a larger step`);
      const { NaN: none } = Number;
      cell = { spans: 0, weight: 0, numbers: 0, sum: none, min: none, max: none, example: undefined };
      this.#cells.set(key, cell);
    }
    this.#lastKey = key;
    this.#last = cell;
    return cell;
  }

  rows(named: (key: number) => Pick<SpanSeriesRow, 'stretch' | 'by' | 'power'>): SpanSeriesRow[] {
    return Array.from(this.#cells, ([key, cell]) => {
      const { spans, weight, numbers, sum, min, max, example } = cell;
      const { stretch, by, power } = named(key);
      return { stretch, by, power, spans, weight, numbers, sum, min, max, example };
    });
  }
}

/** @param number NaN for a span without one */
function addSpan(cell: Cell, weight: number, number: number): void {
  cell.spans++;
  cell.weight += weight;
  if (Number.isNaN(number)) return;
  cell.sum = (cell.numbers === 0 ? 0 : cell.sum) + number * weight;
  cell.numbers += weight;
  // Not Math.min: nothing is less than NaN, of which the first is one.
  if (!(cell.min <= number)) cell.min = number;
  if (!(cell.max >= number)) cell.max = number;
}

function exampleOf(slice: SpanSlice, row: number, value: number): SpanExample {
  return { traceId: traceIdAt(slice, row), spanId: spanIdAt(slice, row), startNs: slice.startNs(row), value };
}
