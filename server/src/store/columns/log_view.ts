import { columnEnd, type Place, skipText, varintAt } from '../native/skip.ts';
import { NativeFormatError, type NativeType, parseType } from '../native/type.ts';
import { type ColumnView, viewColumnAt } from '../native/view.ts';
import type { LogRows } from '../reads/logs.ts';
import { mapReader, type TextReader, textReader } from '../reads/text_columns.ts';
import { TABLES } from '../tables.ts';

/** The columns a section of `otel_logs` has, in their order. */
export const LOG_COLUMNS: readonly { readonly name: string; readonly type: NativeType }[] = TABLES.otel_logs
  .slice(0, -1)
  .map(([name, type]) => ({ name, type: parseType(type) }));

/** The place of a column among {@link LOG_COLUMNS}. */
export const logColumn = (name: string): number => LOG_COLUMNS.findIndex((column) => column.name === name);

const BODY = logColumn('Body');

/** Where the columns of a section of `otel_logs` lie in its bytes. */
export interface LogPlaces {
  readonly rows: number;
  /** Of each column in the table's order; those behind the lines may be missing. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The lines: each behind its length (Native's String). */
  readonly linesStart: number;
  readonly linesEnd: number;
}

/** Throws NativeFormatError. @param most columns that are looked for, those up to the lines by default */
export function logPlaces(block: Uint8Array, most = BODY + 1): LogPlaces {
  const place: Place = { position: 0 };
  const count = varintAt(block, place);
  const rows = varintAt(block, place);
  if (count !== LOG_COLUMNS.length + 1) throw new NativeFormatError(`log records of ${count} columns`);
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { type } of LOG_COLUMNS.slice(0, most)) {
    // Its name, then its type.
    for (let text = 0; text < 2; text++) skipText(block, place);
    starts.push(place.position);
    place.position = columnEnd(block, place.position, type, rows);
    ends.push(place.position);
  }
  return { rows, starts, ends, linesStart: starts[BODY] as number, linesEnd: ends[BODY] as number };
}

/** Times (ns since the epoch) and streams of a section of `otel_logs`. */
export interface LogKeys {
  readonly times: BigInt64Array;
  readonly streamIds: BigUint64Array;
}

export function logKeys(block: Uint8Array<ArrayBuffer>, { starts, rows }: LogPlaces): LogKeys {
  const of = (start: number | undefined): ArrayBuffer => block.slice(start, (start ?? 0) + rows * 8).buffer;
  return { times: new BigInt64Array(of(starts[0])), streamIds: new BigUint64Array(of(starts[1])) };
}

/** What {@link viewLogs} reads of some records. */
export interface LogBytes extends LogKeys {
  readonly rows: number;
  /** Each behind its length. */
  readonly lines: Uint8Array;
  /** A column of {@link LOG_COLUMNS} other than the lines. */
  column(i: number): ColumnView;
  /** A column of texts. */
  text(i: number, starts: () => LineStarts): TextReader;
}

/** Where lines lie among their bytes. */
export interface LineStarts {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** The records of a section of `otel_logs`, in the order they came; a column is read when something of it is asked. Throws NativeFormatError. */
export function viewLogSection(block: Uint8Array<ArrayBuffer>): LogRows {
  const places = logPlaces(block, LOG_COLUMNS.length);
  const { rows, starts, linesStart, linesEnd } = places;
  const column = (i: number): ColumnView =>
    viewColumnAt(block, starts[i] as number, LOG_COLUMNS[i]?.type as NativeType, rows);
  const text = (i: number): TextReader => textReader(column(i));
  return viewLogs({ rows, lines: block.subarray(linesStart, linesEnd), ...logKeys(block, places), column, text });
}

/** Records whose columns are read when something of them is asked. */
export function viewLogs({ rows, lines, times, streamIds, column, text }: LogBytes): LogRows {
  let found: LineStarts | undefined;
  const places = (): LineStarts => {
    found ??= lineStarts(lines, rows);
    return found;
  };
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const texts = (name: string): TextReader => lazily(() => text(logColumn(name), places));
  const attributes = (name: string) => lazily(() => mapReader(column(logColumn(name))));
  return {
    rows,
    times,
    streamIds,
    traceId: texts('TraceId'),
    spanId: texts('SpanId'),
    requestId: texts('RequestId'),
    userId: texts('UserId'),
    severity: texts('SeverityText'),
    service: texts('ServiceName'),
    body: (row) => bytes.toString('utf8', places().starts[row], places().ends[row]),
    attributes: attributes('LogAttributes'),
    resource: attributes('ResourceAttributes'),
  };
}

function lazily<T>(make: () => (row: number) => T): (row: number) => T {
  let made: ((row: number) => T) | undefined;
  return (row) => {
    made ??= make();
    return made(row);
  };
}

/** Throws NativeFormatError. @param lines each behind its length */
export function lineStarts(lines: Uint8Array, rows: number): LineStarts {
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let length = lines[at++] as number;
    if (length >= 0x80) {
      length &= 0x7f;
      for (let factor = 128; ; factor *= 128) {
        const byte = lines[at++] as number;
        length += (byte & 0x7f) * factor;
        if (byte < 0x80) break;
      }
    }
    starts[row] = at;
    at += length;
    ends[row] = at;
  }
  if (at !== lines.length) throw new NativeFormatError(`${lines.length} bytes of ${rows} lines that take ${at}`);
  return { starts, ends };
}

/**
 * Rows of the lines that hold some bytes, in order. All are searched at once: what is found across the end of one is not in it.
 * Throws NativeFormatError. @param lines each behind its length
 */
export function linesWith(lines: Buffer, needle: Uint8Array): number[] {
  const rows: number[] = [];
  const place: Place = { position: 0 };
  let row = -1;
  let end = 0;
  for (let from = 0; ; ) {
    const at = lines.indexOf(needle, from);
    if (at < 0) return rows;
    while (end <= at) {
      const length = varintAt(lines, place);
      end = place.position + length;
      from = place.position;
      place.position = end;
      row++;
    }
    // It may begin in the line's length.
    if (at < from) continue;
    if (at + needle.length <= end) rows.push(row);
    from = end;
  }
}
