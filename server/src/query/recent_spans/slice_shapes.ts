import { type CodedTexts, idHalves, type SpanShapes } from '../../store/index.ts';
import { nestedAt, restStart } from './slice_spans.ts';
import type { SpanSlice } from './span_slice.ts';

/** Adds rows of a slice to the shapes of a trace: column by column, no object or text for a span. */
export function addShapesOf(shapes: SpanShapes, slice: SpanSlice, rows: Int32Array): void {
  const [head] = rows;
  if (head === undefined) return;
  if (shapes.baseNs < 0n) shapes.baseNs = slice.startNs(head);
  const first = shapes.grow(rows.length);
  addIds(slice.spanIds, slice.oddSpanIds, rows, first, shapes.idHigh, shapes.idLow);
  addIds(slice.parentIds, slice.oddParentIds, rows, first, shapes.parentHigh, shapes.parentLow);
  addCodes(shapes.name, rows, first, slice.names.values, (code) => slice.word(code));
  addCodes(shapes.service, rows, first, slice.origins.values, (code) => slice.origin(code).service);
  addCodes(shapes.kind, rows, first, slice.forms.values, (code) => slice.form(code).kind);
  addCodes(shapes.status, rows, first, slice.forms.values, (code) => slice.form(code).status);
  addTimes(shapes, slice, rows, first);
  if (slice.restStarts.length > 0) addNested(shapes, slice, rows, first);
}

function addIds(
  words: Uint32Array,
  odd: ReadonlyMap<number, string>,
  rows: Int32Array,
  first: number,
  high: Uint32Array,
  low: Uint32Array,
): void {
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    high[first + at] = words[row * 2] as number;
    low[first + at] = words[row * 2 + 1] as number;
  }
  if (odd.size === 0) return;
  rows.forEach((row, at) => {
    const text = odd.get(row);
    if (text !== undefined) [high[first + at], low[first + at]] = idHalves(text);
  });
}

/** Adds a column of codes as codes of the shapes; each text is looked up once. */
function addCodes(
  { codes, known }: CodedTexts,
  rows: Int32Array,
  first: number,
  column: Uint16Array | Uint32Array,
  textOf: (code: number) => string,
): void {
  const codeOf: number[] = [];
  for (let at = 0; at < rows.length; at++) {
    const own = column[rows[at] as number] as number;
    const code = codeOf[own] ?? known.code(textOf(own));
    codeOf[own] = code;
    codes[first + at] = code;
  }
}

function addTimes({ start, duration, baseNs }: SpanShapes, slice: SpanSlice, rows: Int32Array, first: number): void {
  const { starts, durations, oddDurations } = slice;
  const baseLow = Number(BigInt.asUintN(32, baseNs));
  const baseHigh = Number(baseNs >> 32n);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const high = (starts[row * 2 + 1] as number) - baseHigh;
    start[first + at] = high * 2 ** 32 + ((starts[row * 2] as number) - baseLow);
    duration[first + at] = durations[row] as number;
  }
  if (oddDurations.size === 0) return;
  rows.forEach((row, at) => {
    duration[first + at] = Number(slice.durationNs(row));
  });
}

function addNested({ events, links, baseNs }: SpanShapes, slice: SpanSlice, rows: Int32Array, first: number): void {
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    if (restStart(slice, row) === 0) continue;
    const nested = nestedAt(slice, row);
    links[first + at] = nested.links.length;
    for (const event of nested.events) {
      events.row.push(first + at);
      events.at.push(Number(event.timeNs - baseNs));
      events.name.push(events.names.code(event.name));
    }
  }
}
