import { TextCodes } from '../../base/text_codes.ts';
import type { Block, Column } from '../native/columns.ts';
import { isLacking } from '../span_parts.ts';
import { bind, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { type TraceRange, within } from './spans.ts';
import { arrayRange, bigints, numberReader, textReader } from './text_columns.ts';

/** A column of texts: for each row the code of its text. */
export interface CodedTexts {
  codes: Uint32Array<ArrayBuffer>;
  readonly known: TextCodes;
}

/** The text of a row. */
export function textAt({ codes, known }: CodedTexts, row: number): string {
  return known.texts[codes[row] ?? -1] ?? '';
}

/** What happened within spans: the row each belongs to, ns after `baseNs`, and the code of its name. */
interface ShapeEvents {
  readonly row: number[];
  readonly at: number[];
  readonly name: number[];
  readonly names: TextCodes;
}

/**
 * What one needs of spans to draw them in their place, everything but their attributes, as columns of one entry for each
 * span (the arrays are longer than `rows`): a trace may have 100,000, and as many objects would cost more than reading them.
 */
export class SpanShapes {
  rows = 0;
  /** The moment `start` counts from, ns since the epoch; set by whoever adds the first span. */
  baseNs = -1n;
  /** Ids as numbers of 64 bits, their upper and lower halves: as many texts would cost more than everything else. */
  idHigh = new Uint32Array(0);
  idLow = new Uint32Array(0);
  /** 0 for a root. */
  parentHigh = new Uint32Array(0);
  parentLow = new Uint32Array(0);
  readonly name = codedTexts();
  /** As stored: Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind = codedTexts();
  readonly service = codedTexts();
  /** Unset, Ok, Error. */
  readonly status = codedTexts();
  /** ns after `baseNs` (before it when negative), and ns. */
  start = new Float64Array(0);
  duration = new Float64Array(0);
  /** How many links each span has. */
  links = new Uint32Array(0);
  readonly events: ShapeEvents = { row: [], at: [], name: [], names: new TextCodes() };

  /** Adds rows of zeros, to be filled. @returns the first of them */
  grow(rows: number): number {
    const first = this.rows;
    this.rows += rows;
    if (this.rows <= this.start.length) return first;
    const length = Math.max(this.rows, this.start.length * 2);
    this.idHigh = lengthened(this.idHigh, length);
    this.idLow = lengthened(this.idLow, length);
    this.parentHigh = lengthened(this.parentHigh, length);
    this.parentLow = lengthened(this.parentLow, length);
    this.links = lengthened(this.links, length);
    for (const column of [this.name, this.kind, this.service, this.status])
      column.codes = lengthened(column.codes, length);
    const [start, duration] = [new Float64Array(length), new Float64Array(length)];
    start.set(this.start);
    duration.set(this.duration);
    this.start = start;
    this.duration = duration;
    return first;
  }
}

function codedTexts(): CodedTexts {
  return { codes: new Uint32Array(0), known: new TextCodes() };
}

function lengthened(values: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length);
  longer.set(values);
  return longer;
}

/** The upper and lower half of an id of up to 16 hexadecimal digits; 0 of none. */
export function idHalves(id: string): readonly [high: number, low: number] {
  const high = id.length > 8 ? Number.parseInt(id.slice(-16, -8), 16) : 0;
  return [high, id === '' ? 0 : Number.parseInt(id.slice(-8), 16)];
}

/** The SQL of what `idHalves` tells in one. */
function idNumber(column: 'SpanId' | 'ParentSpanId'): Sql {
  return trusted(`reinterpretAsUInt64(reverse(unhex(right(leftPad(${column}, 16, '0'), 16))))`);
}

/** Adds the spans of a trace, oldest first; one that was sent twice may come twice. Throws StoreError. */
export async function readTraceShape(
  reader: StoreReader,
  shapes: SpanShapes,
  request: { readonly traceId: string; readonly range: TraceRange | undefined; readonly limit: number },
  options: QueryOptions,
): Promise<void> {
  const time = request.range === undefined ? trusted('') : sql` AND ${within(request.range)}`;
  const lacks = request.range?.lacks ?? 0;
  const links = isLacking(lacks, 'Links.TraceId') ? '' : ', toUInt32(length(Links.TraceId)) AS LinkCount';
  const events = isLacking(lacks, 'Events.Name') ? '' : ', Events.Timestamp AS EventTimes, Events.Name AS EventNames';
  const statement = sql`SELECT ${idNumber('SpanId')} AS Id, ${idNumber('ParentSpanId')} AS Parent, SpanName, SpanKind, ServiceName, Timestamp, Duration, StatusCode${trusted(links + events)}
    FROM otel_traces PREWHERE TraceId = ${bind.string(request.traceId)}${time}
    ORDER BY Timestamp LIMIT ${bind.uint64(request.limit)}`;
  for await (const block of reader.query(statement, options)) if (block.rows > 0) addBlock(shapes, block);
}

function addBlock(shapes: SpanShapes, block: Block): void {
  const starts = bigints(columnOf(block, 'Timestamp'));
  const durations = bigints(columnOf(block, 'Duration'));
  if (shapes.baseNs < 0n) shapes.baseNs = starts[0] ?? 0n;
  const first = shapes.grow(block.rows);
  addHalves(bigints(columnOf(block, 'Id')), first, shapes.idHigh, shapes.idLow);
  addHalves(bigints(columnOf(block, 'Parent')), first, shapes.parentHigh, shapes.parentLow);
  addTexts(columnOf(block, 'SpanName'), block.rows, first, shapes.name);
  addTexts(columnOf(block, 'SpanKind'), block.rows, first, shapes.kind);
  addTexts(columnOf(block, 'ServiceName'), block.rows, first, shapes.service);
  addTexts(columnOf(block, 'StatusCode'), block.rows, first, shapes.status);
  for (let row = 0; row < block.rows; row++) {
    shapes.start[first + row] = Number((starts[row] ?? 0n) - shapes.baseNs);
    shapes.duration[first + row] = Number(durations[row] ?? 0n);
  }
  if (block.names.includes('LinkCount')) {
    const links = numberReader(columnOf(block, 'LinkCount'));
    for (let row = 0; row < block.rows; row++) shapes.links[first + row] = links(row);
  }
  if (block.names.includes('EventTimes')) addEvents(shapes, block, first);
}

function addTexts(column: Column, rows: number, first: number, { codes, known }: CodedTexts): void {
  const text = textReader(column);
  if (column.kind !== 'dictionary') {
    for (let row = 0; row < rows; row++) codes[first + row] = known.code(text(row));
    return;
  }
  // Each key of the dictionary is looked up once.
  const codeOf: number[] = [];
  for (let row = 0; row < rows; row++) {
    const index = column.indexes[row] as number;
    const code = codeOf[index] ?? known.code(text(row));
    codeOf[index] = code;
    codes[first + row] = code;
  }
}

/** Puts ids of 64 bits into columns of their halves from a row on. */
function addHalves(ids: BigInt64Array | BigUint64Array, first: number, high: Uint32Array, low: Uint32Array): void {
  const halves = new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2);
  for (let row = 0; row < ids.length; row++) {
    low[first + row] = halves[row * 2] as number;
    high[first + row] = halves[row * 2 + 1] as number;
  }
}

function addEvents({ events, baseNs }: SpanShapes, block: Block, first: number): void {
  const rangeOf = arrayRange(columnOf(block, 'EventTimes'));
  const times = bigints(elements(columnOf(block, 'EventTimes')));
  const name = textReader(elements(columnOf(block, 'EventNames')));
  for (let row = 0; row < block.rows; row++) {
    const [start, end] = rangeOf(row);
    for (let at = start; at < end; at++) {
      events.row.push(first + row);
      events.at.push(Number((times[at] ?? 0n) - baseNs));
      events.name.push(events.names.code(name(at)));
    }
  }
}

/** The inner column of an array column. */
function elements(column: Column): Column {
  return column.kind === 'array' ? column.values : column;
}
