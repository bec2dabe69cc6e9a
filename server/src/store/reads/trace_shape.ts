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
  readonly codes: number[];
  readonly known: TextCodes;
}

/** The text of a row. */
export function textAt({ codes, known }: CodedTexts, row: number): string {
  return known.texts[codes[row] ?? -1] ?? '';
}

/**
 * What one needs of spans to draw them in their place, everything but their attributes, as columns of one entry for each
 * span: a trace may have 100,000, and as many objects would cost more than reading them.
 */
export interface SpanShapes {
  /** The moment `start` counts from, ns since the epoch; set by the first span. */
  baseNs: bigint;
  /** Ids as numbers of 64 bits, their upper and lower halves: as many texts would cost more than everything else. */
  readonly idHigh: number[];
  readonly idLow: number[];
  /** 0 for a root. */
  readonly parentHigh: number[];
  readonly parentLow: number[];
  readonly name: CodedTexts;
  /** As stored: Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind: CodedTexts;
  readonly service: CodedTexts;
  /** Unset, Ok, Error. */
  readonly status: CodedTexts;
  /** ns after `baseNs` (before it when negative), and ns. */
  readonly start: number[];
  readonly duration: number[];
  /** How many links each span has. */
  readonly links: number[];
  /** Of all spans: the row each belongs to, ns after `baseNs`, and its name. */
  readonly events: { readonly row: number[]; readonly at: number[]; readonly name: CodedTexts };
}

/** No span yet. */
export function noShapes(): SpanShapes {
  const texts = (): CodedTexts => ({ codes: [], known: new TextCodes() });
  return {
    baseNs: -1n,
    idHigh: [],
    idLow: [],
    parentHigh: [],
    parentLow: [],
    name: texts(),
    kind: texts(),
    service: texts(),
    status: texts(),
    start: [],
    duration: [],
    links: [],
    events: { row: [], at: [], name: texts() },
  };
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
  const texts = [
    ['SpanName', shapes.name],
    ['SpanKind', shapes.kind],
    ['ServiceName', shapes.service],
    ['StatusCode', shapes.status],
  ] as const;
  const first = shapes.idHigh.length;
  addHalves(bigints(columnOf(block, 'Id')), block.rows, shapes.idHigh, shapes.idLow);
  addHalves(bigints(columnOf(block, 'Parent')), block.rows, shapes.parentHigh, shapes.parentLow);
  for (const [column, to] of texts) {
    addTexts(columnOf(block, column), block.rows, to);
  }
  const starts = bigints(columnOf(block, 'Timestamp'));
  const durations = bigints(columnOf(block, 'Duration'));
  const links = block.names.includes('LinkCount') ? numberReader(columnOf(block, 'LinkCount')) : () => 0;
  if (shapes.baseNs < 0n) shapes.baseNs = starts[0] ?? 0n;
  for (let row = 0; row < block.rows; row++) {
    shapes.start.push(Number((starts[row] ?? 0n) - shapes.baseNs));
    shapes.duration.push(Number(durations[row] ?? 0n));
    shapes.links.push(links(row));
  }
  if (block.names.includes('EventTimes')) addEvents(shapes, block, first);
}

function addTexts(column: Column, rows: number, { codes, known }: CodedTexts): void {
  const text = textReader(column);
  if (column.kind !== 'dictionary') {
    for (let row = 0; row < rows; row++) codes.push(known.code(text(row)));
    return;
  }
  // Each key of the dictionary is looked up once.
  const codeOf: number[] = [];
  for (let row = 0; row < rows; row++) {
    const index = column.indexes[row] as number;
    const code = codeOf[index] ?? known.code(text(row));
    codeOf[index] = code;
    codes.push(code);
  }
}

function addHalves(
  { buffer, byteOffset }: BigInt64Array | BigUint64Array,
  rows: number,
  high: number[],
  low: number[],
): void {
  const halves = new Uint32Array(buffer, byteOffset, rows * 2);
  for (let row = 0; row < rows; row++) {
    low.push(halves[row * 2] as number);
    high.push(halves[row * 2 + 1] as number);
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
      events.name.codes.push(events.name.known.code(name(at)));
    }
  }
}

/** The inner column of an array column. */
function elements(column: Column): Column {
  return column.kind === 'array' ? column.values : column;
}
