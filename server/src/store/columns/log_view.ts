import type { Column } from '../native/columns.ts';
import { decodeColumnAt } from '../native/decode.ts';
import { columnEnd, type Place, skipText, varintAt } from '../native/skip.ts';
import { NativeFormatError, parseType } from '../native/type.ts';
import type { LogRows } from '../reads/logs.ts';
import { mapReader, textReader } from '../reads/text_columns.ts';
import { TABLES } from '../tables.ts';

const COLUMNS = TABLES.otel_logs.slice(0, -1).map(([name, type]) => ({ name, type: parseType(type) }));
const BODY = COLUMNS.findIndex(({ name }) => name === 'Body');

/** Where the columns of a section of `otel_logs` lie in its bytes. */
export interface LogPlaces {
  readonly rows: number;
  /** Of each column in the table's order; those behind the lines may be missing. */
  readonly starts: readonly number[];
  /** The lines: each behind its length (Native's String). */
  readonly linesStart: number;
  readonly linesEnd: number;
}

/** Throws NativeFormatError. @param most columns that are looked for, those up to the lines by default */
export function logPlaces(block: Uint8Array, most = BODY + 1): LogPlaces {
  const place: Place = { position: 0 };
  const count = varintAt(block, place);
  const rows = varintAt(block, place);
  if (count !== COLUMNS.length + 1) throw new NativeFormatError(`log records of ${count} columns`);
  const starts: number[] = [];
  let linesEnd = 0;
  for (let i = 0; i < most; i++) {
    // Its name, then its type.
    for (let text = 0; text < 2; text++) skipText(block, place);
    starts.push(place.position);
    place.position = columnEnd(block, place.position, (COLUMNS[i] as (typeof COLUMNS)[number]).type, rows);
    if (i === BODY) linesEnd = place.position;
  }
  return { rows, starts, linesStart: starts[BODY] as number, linesEnd };
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

/** The records of a section of `otel_logs`, in the order they came; a column is read when something of it is asked. Throws NativeFormatError. */
export function viewLogSection(block: Uint8Array<ArrayBuffer>): LogRows {
  const places = logPlaces(block, COLUMNS.length);
  const { rows, linesStart, linesEnd } = places;
  const columnOf = (name: string): Column => {
    const i = COLUMNS.findIndex((column) => column.name === name);
    return decodeColumnAt(block, places.starts[i] as number, (COLUMNS[i] as (typeof COLUMNS)[number]).type, rows);
  };
  const text = (name: string): ((row: number) => string) => lazily(() => textReader(columnOf(name)));
  const attributes = (name: string): ((row: number) => readonly string[]) => lazily(() => mapReader(columnOf(name)));
  let found: LineStarts | undefined;
  const lines = (): LineStarts => {
    found ??= lineStarts(block, linesStart, rows);
    return found;
  };
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  return {
    rows,
    ...logKeys(block, places),
    traceId: text('TraceId'),
    spanId: text('SpanId'),
    requestId: text('RequestId'),
    userId: text('UserId'),
    severity: text('SeverityText'),
    service: text('ServiceName'),
    body: (row) => bytes.toString('utf8', lines().starts[row], lines().ends[row]),
    rowsWith: (needle) => rowsWith(bytes, lines(), Buffer.from(needle), linesEnd),
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

interface LineStarts {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

function lineStarts(block: Uint8Array, linesStart: number, rows: number): LineStarts {
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  const place: Place = { position: linesStart };
  for (let row = 0; row < rows; row++) {
    const length = varintAt(block, place);
    starts[row] = place.position;
    place.position += length;
    ends[row] = place.position;
  }
  return { starts, ends };
}

/** Searches all lines at once; what is found across the end of one is not in it. */
function rowsWith(bytes: Buffer, { starts, ends }: LineStarts, needle: Buffer, linesEnd: number): number[] {
  const rows: number[] = [];
  const lines = bytes.subarray(0, linesEnd);
  let row = 0;
  for (let at = lines.indexOf(needle, starts[0]); at >= 0; at = lines.indexOf(needle, starts[row])) {
    while (row < ends.length && (ends[row] as number) < at + needle.length) row++;
    if (row === ends.length) break;
    if (at >= (starts[row] as number)) {
      rows.push(row);
      if (++row === ends.length) break;
    }
  }
  return rows;
}
