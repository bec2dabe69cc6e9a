import { type CodedTexts, idHalves, type SpanShapes } from '../../store/index.ts';
import { nestedAt, restStart } from './slice_spans.ts';
import type { SpanSlice } from './span_slice.ts';

/** Adds rows of a slice to the shapes of a trace: column by column, no object or text for a span. */
export function addShapesOf(shapes: SpanShapes, slice: SpanSlice, rows: readonly number[]): void {
  const [head] = rows;
  if (head === undefined) return;
  const first = shapes.start.length;
  if (shapes.baseNs < 0n) shapes.baseNs = slice.startNs(head);
  addIds(slice.spanIds, slice.oddSpanIds, rows, shapes.idHigh, shapes.idLow);
  addIds(slice.parentIds, slice.oddParentIds, rows, shapes.parentHigh, shapes.parentLow);
  addCodes(shapes.name, rows, slice.names, (code) => slice.word(code));
  addCodes(shapes.service, rows, slice.origins, (code) => slice.origin(code).service);
  addCodes(shapes.kind, rows, slice.forms, (code) => slice.form(code).kind);
  addCodes(shapes.status, rows, slice.forms, (code) => slice.form(code).status);
  const baseLow = Number(BigInt.asUintN(32, shapes.baseNs));
  const baseHigh = Number(shapes.baseNs >> 32n);
  for (const row of rows) {
    const [low, high] = [slice.starts[row * 2] as number, slice.starts[row * 2 + 1] as number];
    shapes.start.push((high - baseHigh) * 2 ** 32 + (low - baseLow));
    shapes.duration.push(
      slice.oddDurations.size === 0 ? (slice.durations[row] as number) : Number(slice.durationNs(row)),
    );
    shapes.links.push(0);
  }
  if (slice.restStarts.length > 0) addNested(shapes, slice, rows, first);
}

function addIds(
  words: Uint32Array,
  odd: ReadonlyMap<number, string>,
  rows: readonly number[],
  high: number[],
  low: number[],
): void {
  for (const row of rows) {
    const text = odd.size === 0 ? undefined : odd.get(row);
    const [upper, lower] =
      text === undefined ? [words[row * 2] as number, words[row * 2 + 1] as number] : idHalves(text);
    high.push(upper);
    low.push(lower);
  }
}

/** Adds a column of codes as codes of the shapes; each text is looked up once. */
function addCodes(
  { codes, known }: CodedTexts,
  rows: readonly number[],
  column: { readonly at: (row: number) => number },
  textOf: (code: number) => string,
): void {
  const codeOf: number[] = [];
  for (const row of rows) {
    const own = column.at(row);
    const code = codeOf[own] ?? known.code(textOf(own));
    codeOf[own] = code;
    codes.push(code);
  }
}

function addNested(
  { events, links, baseNs }: SpanShapes,
  slice: SpanSlice,
  rows: readonly number[],
  first: number,
): void {
  for (const [at, row] of rows.entries()) {
    if (restStart(slice, row) === 0) continue;
    const nested = nestedAt(slice, row);
    links[first + at] = nested.links.length;
    for (const event of nested.events) {
      events.row.push(first + at);
      events.at.push(Number(event.timeNs - baseNs));
      events.name.codes.push(events.name.known.code(event.name));
    }
  }
}
