import { type Place, varintAt } from '../native/skip.ts';
import { NativeFormatError, type NativeType } from '../native/type.ts';
import { type ColumnView, viewColumnAt } from '../native/view.ts';
import type { LogRows } from '../reads/logs.ts';
import { type TextReader, textReader } from '../reads/text_columns.ts';
import { type LineStarts, LOG_COLUMNS, lineStarts, logColumn, logPlaces, viewLogs } from './log_view.ts';

/** A section of `otel_logs` in two parts that compress well; the lines can be searched without the rest. */
export interface LogParts {
  /** The lines, each behind its length. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /**
   * Four bytes for the number of rows and for where each column begins, then the columns without names and types. Times byte by
   * byte: first the lowest of all. An id that stands in its line is not there, but where it stands ({@link REFERENCE_BYTES}
   * a row before the column); of half the lines of many services it would take ten bytes.
   */
  readonly rest: Uint8Array<ArrayBuffer>;
}

const TIMES = logColumn('Timestamp');
const STREAMS = logColumn('StreamId');
const BODY = logColumn('Body');
const IDS: ReadonlySet<number> = new Set(['TraceId', 'SpanId', 'RequestId', 'UserId'].map(logColumn));
/** Where in the line, plus 1 (two bytes; 0: the column has the id), and how long. First the lowest bytes of all rows. */
const REFERENCE_BYTES = 3;
/** How far into a line an id is looked for, bytes. */
const SEARCHED_BYTES = 2_048;
/** Shorter ones compress to little more than a reference. */
const SHORTEST_ID = 16;
const LONGEST_ID = 255;
/** After so many ids in a row that stood not in their lines no more are looked for. */
const PATIENCE = 64;
const TIME_BYTES = 8;
const STARTS = 4;
const HEAD_BYTES = STARTS + LOG_COLUMNS.length * 4;

/** Throws NativeFormatError. */
export function splitLogSection(block: Uint8Array<ArrayBuffer>): LogParts {
  const { rows, starts, ends, linesStart, linesEnd } = logPlaces(block, LOG_COLUMNS.length);
  const lines = block.subarray(linesStart, linesEnd);
  const places = lineStarts(lines, rows);
  const room = HEAD_BYTES + block.length - lines.length + IDS.size * rows * REFERENCE_BYTES;
  const rest = new Uint8Array(room);
  const head = new DataView(rest.buffer);
  head.setUint32(0, rows, true);
  let at = HEAD_BYTES;
  for (const [i, start] of starts.entries()) {
    head.setUint32(STARTS + i * 4, at, true);
    const column = block.subarray(start, ends[i]);
    if (i === BODY) continue;
    if (i === TIMES) at = putTransposed(rest, at, column, rows);
    else if (IDS.has(i)) at = putIds(rest, at, column, lines, places);
    else {
      rest.set(column, at);
      at += column.length;
    }
  }
  return { lines, rest: rest.subarray(0, at) };
}

/** The records of a section that was split. Throws NativeFormatError. */
export function viewLogParts(lines: Uint8Array, rest: Uint8Array): LogRows {
  const head = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  const rows = head.getUint32(0, true);
  const startOf = (i: number): number => head.getUint32(STARTS + i * 4, true);
  const typeOf = (i: number): NativeType => LOG_COLUMNS[i]?.type as NativeType;
  const column = (i: number): ColumnView => viewColumnAt(rest, startOf(i), typeOf(i), rows);
  const streams = startOf(STREAMS);
  const text = (i: number, places: () => LineStarts): TextReader => {
    if (!IDS.has(i)) return textReader(column(i));
    const start = startOf(i);
    const own = textReader(viewColumnAt(rest, start + rows * REFERENCE_BYTES, typeOf(i), rows));
    return idReader(own, rest.subarray(start, start + rows * REFERENCE_BYTES), lines, places());
  };
  return viewLogs({
    rows,
    lines,
    times: new BigInt64Array(transposedBack(rest, startOf(TIMES), rows).buffer),
    streamIds: new BigUint64Array(new Uint8Array(rest.subarray(streams, streams + rows * TIME_BYTES)).buffer),
    column,
    text,
  });
}

function putTransposed(out: Uint8Array, at: number, times: Uint8Array, rows: number): number {
  for (let byte = 0; byte < TIME_BYTES; byte++)
    for (let row = 0, from = byte; row < rows; row++, from += TIME_BYTES) out[at++] = times[from] as number;
  return at;
}

function transposedBack(bytes: Uint8Array, start: number, rows: number): Uint8Array<ArrayBuffer> {
  const times = new Uint8Array(rows * TIME_BYTES);
  let from = start;
  for (let byte = 0; byte < TIME_BYTES; byte++)
    for (let row = 0, at = byte; row < rows; row++, at += TIME_BYTES) times[at] = bytes[from++] as number;
  return times;
}

/** References of all rows, then the column without the ids that have one. Returns where it ends. */
function putIds(
  out: Uint8Array,
  references: number,
  column: Uint8Array,
  lines: Uint8Array,
  { starts, ends }: LineStarts,
): number {
  const rows = starts.length;
  const place: Place = { position: 0 };
  let at = references + rows * REFERENCE_BYTES;
  let patience = PATIENCE;
  // Many programs write it at the end.
  let fromEnd = 0;
  for (let row = 0; row < rows; row++) {
    const from = place.position;
    const length = varintAt(column, place);
    const idStart = place.position;
    place.position += length;
    if (length >= SHORTEST_ID && length <= LONGEST_ID && patience > 0) {
      const lineStart = starts[row] as number;
      const lineEnd = Math.min(ends[row] as number, lineStart + SEARCHED_BYTES);
      const guess = (ends[row] as number) - fromEnd;
      const found =
        guess >= lineStart && guess + length <= lineEnd && isAt(column, idStart, length, lines, guess)
          ? guess
          : placeOf(column, idStart, length, lines, lineStart, lineEnd);
      patience = found < 0 ? patience - 1 : PATIENCE;
      if (found >= 0) {
        fromEnd = (ends[row] as number) - found;
        const reference = found - lineStart + 1;
        out[references + row] = reference & 0xff;
        out[references + rows + row] = reference >> 8;
        out[references + 2 * rows + row] = length;
        out[at++] = 0;
        continue;
      }
    }
    for (let i = from; i < place.position; i++) out[at++] = column[i] as number;
  }
  return at;
}

/** Where the bytes of an id begin in a line; -1 where they are not in it. */
function placeOf(
  column: Uint8Array,
  idStart: number,
  length: number,
  lines: Uint8Array,
  start: number,
  end: number,
): number {
  const first = column[idStart];
  const last = end - length;
  for (let at = start; at <= last; at++) if (lines[at] === first && isAt(column, idStart, length, lines, at)) return at;
  return -1;
}

/** The last byte first: ids of a kind begin alike. */
function isAt(column: Uint8Array, idStart: number, length: number, lines: Uint8Array, at: number): boolean {
  for (let i = length - 1; i >= 0; i--) if (lines[at + i] !== column[idStart + i]) return false;
  return true;
}

function idReader(own: TextReader, references: Uint8Array, lines: Uint8Array, { starts }: LineStarts): TextReader {
  const rows = starts.length;
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  return (row) => {
    const reference = (references[row] as number) | ((references[rows + row] as number) << 8);
    if (reference === 0) return own(row);
    const start = (starts[row] as number) + reference - 1;
    const end = start + (references[2 * rows + row] as number);
    if (end > bytes.length) throw new NativeFormatError('an id behind the end of its line');
    return bytes.toString('utf8', start, end);
  };
}
