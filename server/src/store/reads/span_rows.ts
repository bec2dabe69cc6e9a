import type { Block, Column } from '../native/columns.ts';
import { columnOf } from './logs.ts';
import {
  arrayRange,
  bigints,
  NO_NUMBERS,
  numberMapReader,
  numberReader,
  orderedMapReader,
  type TextReader,
  textReader,
} from './text_columns.ts';

/** Attributes in stored order: name, value, …, and a letter for each value's type (see TABLES.otel_traces). */
export interface StoredAttributes {
  readonly pairs: readonly string[];
  readonly types: string;
}

export interface StoredEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: readonly string[];
  /** A letter for each attribute's type; empty where an earlier version stored the event. */
  readonly types: string;
}

export interface StoredLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly string[];
  readonly types: string;
}

/** One span as stored. Ids are lower-case hex; times ns since the epoch. */
export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** Unspecified, Internal, Server, Client, Producer, Consumer. */
  readonly kind: string;
  readonly service: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** Unset, Ok, Error. */
  readonly status: string;
  readonly statusMessage: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeAttributes: StoredAttributes;
  readonly scopeSchemaUrl: string;
  readonly attributes: StoredAttributes;
  readonly resource: StoredAttributes;
  readonly resourceSchemaUrl: string;
  readonly events: readonly StoredEvent[];
  readonly links: readonly StoredLink[];
  /** Flags and counts of what was dropped, by name (see TABLES.otel_traces); those that are zero are missing. */
  readonly numbers: ReadonlyMap<string, number>;
  /** How many spans it stands for, itself included: sampling dropped the others. */
  readonly weight: number;
}

/** The columns a span is read of, events and links aside. */
export const SPAN_COLUMNS = [
  'Timestamp',
  'TraceId',
  'SpanId',
  'ParentSpanId',
  'TraceState',
  'SpanName',
  'SpanKind',
  'ServiceName',
  'Duration',
  'StatusCode',
  'StatusMessage',
  'ScopeName',
  'ScopeVersion',
  'SpanAttributes',
  'ResourceAttributes',
  'SpanAttributeTypes',
  'ResourceAttributeTypes',
  'ScopeAttributes',
  'ScopeAttributeTypes',
  'ResourceSchemaUrl',
  'ScopeSchemaUrl',
  'OtlpNumbers',
  'SampleWeight',
] as const;

/** Those of events and links. */
export const NESTED_COLUMNS = [
  'Events.Timestamp',
  'Events.Name',
  'Events.Attributes',
  'Events.AttributeTypes',
  'Links.TraceId',
  'Links.SpanId',
  'Links.TraceState',
  'Links.Attributes',
  'Links.AttributeTypes',
] as const;

/** Spans as read: one row each, decoded on demand. */
interface SpanRows {
  readonly rows: number;
  span(row: number): StoredSpan;
}

/** Rows of a block that has the columns of {@link SPAN_COLUMNS} but for those of parts that its spans lack, which read as empty. */
export function spanRows(block: Block): SpanRows {
  const has = (name: (typeof SPAN_COLUMNS)[number]): boolean => block.names.includes(name);
  const text = (name: (typeof SPAN_COLUMNS)[number]): TextReader =>
    has(name) ? textReader(columnOf(block, name)) : () => '';
  const attributes = (name: (typeof SPAN_COLUMNS)[number]): ((row: number) => readonly string[]) =>
    has(name) ? orderedMapReader(columnOf(block, name)) : () => [];
  const starts = bigints(columnOf(block, 'Timestamp'));
  const durations = bigints(columnOf(block, 'Duration'));
  const [traceId, spanId, parentSpanId, traceState] = [
    text('TraceId'),
    text('SpanId'),
    text('ParentSpanId'),
    text('TraceState'),
  ];
  const [name, kind, service] = [text('SpanName'), text('SpanKind'), text('ServiceName')];
  const [status, statusMessage, scopeName, scopeVersion] = [
    text('StatusCode'),
    text('StatusMessage'),
    text('ScopeName'),
    text('ScopeVersion'),
  ];
  const [ofSpan, ofResource, ofScope] = [
    attributes('SpanAttributes'),
    attributes('ResourceAttributes'),
    attributes('ScopeAttributes'),
  ];
  const [spanTypes, resourceTypes, scopeTypes] = [
    text('SpanAttributeTypes'),
    text('ResourceAttributeTypes'),
    text('ScopeAttributeTypes'),
  ];
  const [resourceSchemaUrl, scopeSchemaUrl] = [text('ResourceSchemaUrl'), text('ScopeSchemaUrl')];
  const numbers = has('OtlpNumbers') ? numberMapReader(columnOf(block, 'OtlpNumbers')) : () => NO_NUMBERS;
  const weight = numberReader(columnOf(block, 'SampleWeight'));
  const events = eventReader(block);
  const links = linkReader(block);
  return {
    rows: block.rows,
    span: (row) => ({
      traceId: traceId(row),
      spanId: spanId(row),
      parentSpanId: parentSpanId(row),
      traceState: traceState(row),
      name: name(row),
      kind: kind(row),
      service: service(row),
      startNs: BigInt.asIntN(64, starts[row] ?? 0n),
      durationNs: durations[row] ?? 0n,
      status: status(row),
      statusMessage: statusMessage(row),
      scopeName: scopeName(row),
      scopeVersion: scopeVersion(row),
      scopeAttributes: { pairs: ofScope(row), types: scopeTypes(row) },
      scopeSchemaUrl: scopeSchemaUrl(row),
      attributes: { pairs: ofSpan(row), types: spanTypes(row) },
      resource: { pairs: ofResource(row), types: resourceTypes(row) },
      resourceSchemaUrl: resourceSchemaUrl(row),
      events: events(row),
      links: links(row),
      numbers: numbers(row),
      weight: weight(row),
    }),
  };
}

/** The inner column of an array column. */
function elements(block: Block, name: (typeof NESTED_COLUMNS)[number]): Column {
  const column = columnOf(block, name);
  return column.kind === 'array' ? column.values : column;
}

function eventReader(block: Block): (row: number) => StoredEvent[] {
  if (!block.names.includes('Events.Timestamp')) return () => [];
  const range = arrayRange(columnOf(block, 'Events.Timestamp'));
  const times = bigints(elements(block, 'Events.Timestamp'));
  const name = textReader(elements(block, 'Events.Name'));
  const attributes = orderedMapReader(elements(block, 'Events.Attributes'));
  const types = textReader(elements(block, 'Events.AttributeTypes'));
  return (row) => {
    const [start, end] = range(row);
    if (start === end) return [];
    return Array.from({ length: end - start }, (_, i) => ({
      timeNs: times[start + i] ?? 0n,
      name: name(start + i),
      attributes: attributes(start + i),
      types: types(start + i),
    }));
  };
}

function linkReader(block: Block): (row: number) => StoredLink[] {
  if (!block.names.includes('Links.TraceId')) return () => [];
  const range = arrayRange(columnOf(block, 'Links.TraceId'));
  const traceId = textReader(elements(block, 'Links.TraceId'));
  const spanId = textReader(elements(block, 'Links.SpanId'));
  const state = textReader(elements(block, 'Links.TraceState'));
  const attributes = orderedMapReader(elements(block, 'Links.Attributes'));
  const types = textReader(elements(block, 'Links.AttributeTypes'));
  return (row) => {
    const [start, end] = range(row);
    if (start === end) return [];
    return Array.from({ length: end - start }, (_, i) => ({
      traceId: traceId(start + i),
      spanId: spanId(start + i),
      traceState: state(start + i),
      attributes: attributes(start + i),
      types: types(start + i),
    }));
  };
}
