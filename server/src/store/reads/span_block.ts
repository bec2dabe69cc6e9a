import type { Block, Column, StringColumn } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { NESTED_COLUMNS, SPAN_COLUMNS } from './span_rows.ts';
import { type NsRange, within } from './spans.ts';
import { bigints } from './text_columns.ts';

/** Words: row i is keys[indexes[i]]. */
export interface WordColumn {
  readonly keys: StringColumn;
  readonly indexes: Uint32Array;
}

/** A map of attributes: row i has the entries [offsets[i - 1] ?? 0, offsets[i]). */
export interface AttributeColumn {
  readonly offsets: Uint32Array;
  readonly keys: WordColumn;
  readonly values: StringColumn;
}

/** Spans as columns, for who keeps them so. Times and durations are two words a row, the lower first. */
export interface SpanBlock {
  readonly rows: number;
  /** ns since the epoch. */
  readonly starts: Uint32Array;
  /** ns. */
  readonly durations: Uint32Array;
  readonly traceIds: StringColumn;
  readonly spanIds: StringColumn;
  readonly parentIds: StringColumn;
  readonly traceStates: StringColumn;
  readonly statusMessages: StringColumn;
  readonly names: WordColumn;
  readonly kinds: WordColumn;
  readonly services: WordColumn;
  readonly statuses: WordColumn;
  readonly scopeNames: WordColumn;
  readonly scopeVersions: WordColumn;
  readonly resourceSchemaUrls: WordColumn;
  readonly scopeSchemaUrls: WordColumn;
  readonly attributes: AttributeColumn;
  readonly attributeTypes: WordColumn;
  readonly resource: AttributeColumn;
  readonly resourceTypes: WordColumn;
  readonly scopeAttributes: AttributeColumn;
  readonly scopeTypes: WordColumn;
  readonly numbers: { readonly offsets: Uint32Array; readonly keys: WordColumn; readonly values: Uint32Array };
  readonly weights: Float64Array;
  /** Of event i of row r (`offsets` as of a map): its time, name, attributes and their types; those have a row for each event. */
  readonly events: {
    readonly offsets: Uint32Array;
    readonly times: Uint32Array;
    readonly names: WordColumn;
    readonly attributes: AttributeColumn;
    readonly types: WordColumn;
  };
  readonly links: {
    readonly offsets: Uint32Array;
    readonly traceIds: StringColumn;
    readonly spanIds: StringColumn;
    readonly traceStates: StringColumn;
    readonly attributes: AttributeColumn;
    readonly types: WordColumn;
  };
}

/** The columns of a block that has all of spans. Throws NativeFormatError. */
export function spanBlock(block: Block): SpanBlock {
  const text = (name: (typeof SPAN_COLUMNS)[number]): StringColumn => strings(columnOf(block, name));
  const words = (name: (typeof SPAN_COLUMNS)[number]): WordColumn => dictionary(columnOf(block, name));
  const map = (name: (typeof SPAN_COLUMNS)[number]): AttributeColumn => attributes(columnOf(block, name));
  const nested = (name: (typeof NESTED_COLUMNS)[number]): Column => elements(columnOf(block, name));
  return {
    rows: block.rows,
    starts: halves(columnOf(block, 'Timestamp')),
    durations: halves(columnOf(block, 'Duration')),
    traceIds: text('TraceId'),
    spanIds: text('SpanId'),
    parentIds: text('ParentSpanId'),
    traceStates: text('TraceState'),
    statusMessages: text('StatusMessage'),
    names: words('SpanName'),
    kinds: words('SpanKind'),
    services: words('ServiceName'),
    statuses: words('StatusCode'),
    scopeNames: words('ScopeName'),
    scopeVersions: words('ScopeVersion'),
    resourceSchemaUrls: words('ResourceSchemaUrl'),
    scopeSchemaUrls: words('ScopeSchemaUrl'),
    attributes: map('SpanAttributes'),
    attributeTypes: words('SpanAttributeTypes'),
    resource: map('ResourceAttributes'),
    resourceTypes: words('ResourceAttributeTypes'),
    scopeAttributes: map('ScopeAttributes'),
    scopeTypes: words('ScopeAttributeTypes'),
    numbers: numbers(columnOf(block, 'OtlpNumbers')),
    weights: doubles(columnOf(block, 'SampleWeight')),
    events: {
      offsets: offsets(columnOf(block, 'Events.Timestamp')),
      times: halves(nested('Events.Timestamp')),
      names: dictionary(nested('Events.Name')),
      attributes: attributes(nested('Events.Attributes')),
      types: dictionary(nested('Events.AttributeTypes')),
    },
    links: {
      offsets: offsets(columnOf(block, 'Links.TraceId')),
      traceIds: strings(nested('Links.TraceId')),
      spanIds: strings(nested('Links.SpanId')),
      traceStates: strings(nested('Links.TraceState')),
      attributes: attributes(nested('Links.Attributes')),
      types: dictionary(nested('Links.AttributeTypes')),
    },
  };
}

/** Every span that begins in a range, in no order; one that was sent twice comes twice. Throws StoreError. */
export async function* readSpanBlocks(
  reader: StoreReader,
  request: NsRange & { readonly limit: number },
  options: QueryOptions,
): AsyncGenerator<SpanBlock> {
  const columns = trusted([...SPAN_COLUMNS, ...NESTED_COLUMNS].join(', '));
  const statement = sql`SELECT ${columns} FROM otel_traces WHERE ${within(request)} LIMIT ${bind.uint64(request.limit)}`;
  for await (const block of reader.query(statement, options)) if (block.rows > 0) yield spanBlock(block);
}

/** When the first and the last span of the store began, ns since the epoch; undefined when it has none. Throws StoreError. */
export async function readSpanTimes(
  reader: StoreReader,
  options: QueryOptions,
): Promise<{ readonly oldestNs: bigint; readonly newestNs: bigint } | undefined> {
  const { blocks } = await reader.collect(
    sql`SELECT toUnixTimestamp64Nano(min(Timestamp)) AS oldest, toUnixTimestamp64Nano(max(Timestamp)) AS newest FROM otel_traces HAVING count() > 0`,
    options,
  );
  const block = blocks.find(({ rows }) => rows > 0);
  if (block === undefined) return undefined;
  const [oldestNs, newestNs] = [bigints(columnOf(block, 'oldest'))[0], bigints(columnOf(block, 'newest'))[0]];
  return oldestNs === undefined || newestNs === undefined ? undefined : { oldestNs, newestNs };
}

function mismatch(column: Column, what: string): never {
  throw new NativeFormatError(`a ${column.kind} column where ${what} belong`);
}

function strings(column: Column): StringColumn {
  return column.kind === 'string' ? column : mismatch(column, 'strings');
}

function dictionary(column: Column): WordColumn {
  if (column.kind !== 'dictionary' || column.keys.kind !== 'string') return mismatch(column, 'words');
  return { keys: column.keys, indexes: column.indexes };
}

function attributes(column: Column): AttributeColumn {
  if (column.kind !== 'map') return mismatch(column, 'attributes');
  return { offsets: column.offsets, keys: dictionary(column.keys), values: strings(column.values) };
}

function halves(column: Column): Uint32Array {
  const { buffer, byteOffset, length } = bigints(column);
  return new Uint32Array(buffer, byteOffset, length * 2);
}

function doubles(column: Column): Float64Array {
  return column.kind === 'number' && column.values instanceof Float64Array
    ? column.values
    : mismatch(column, 'doubles');
}

function numbers(column: Column): SpanBlock['numbers'] {
  if (column.kind !== 'map' || column.values.kind !== 'number' || !(column.values.values instanceof Uint32Array))
    return mismatch(column, 'numbers by name');
  return { offsets: column.offsets, keys: dictionary(column.keys), values: column.values.values };
}

function offsets(column: Column): Uint32Array {
  return column.kind === 'array' ? column.offsets : mismatch(column, 'arrays');
}

function elements(column: Column): Column {
  return column.kind === 'array' ? column.values : mismatch(column, 'arrays');
}
