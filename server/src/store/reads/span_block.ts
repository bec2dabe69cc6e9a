import type { Section } from '../../model/section.ts';
import { NativeFormatError, type NativeType, parseType } from '../native/type.ts';
import { blankView, type ColumnView, type TextColumn, viewBlock, viewOf, type WordColumn } from '../native/view.ts';
import { bind, sql, trusted } from '../sql.ts';
import { TABLES } from '../tables.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { columnOf } from './logs.ts';
import { NESTED_COLUMNS, SPAN_COLUMNS } from './span_rows.ts';
import { type NsRange, within } from './spans.ts';
import { bigints } from './text_columns.ts';

/** A map of attributes: row i has the entries [offsets[i - 1] ?? 0, offsets[i]). Entries that share a value may share its word. */
export interface AttributeColumn {
  readonly offsets: Uint32Array;
  readonly keys: WordColumn;
  readonly values: WordColumn;
}

/** Spans as columns, for who keeps them so. Times and durations are two words a row, the lower first. */
export interface SpanBlock {
  readonly rows: number;
  /** ns since the epoch. */
  readonly starts: Uint32Array;
  /** ns. */
  readonly durations: Uint32Array;
  readonly traceIds: TextColumn;
  readonly spanIds: TextColumn;
  readonly parentIds: TextColumn;
  readonly traceStates: TextColumn;
  readonly statusMessages: TextColumn;
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
    readonly traceIds: TextColumn;
    readonly spanIds: TextColumn;
    readonly traceStates: TextColumn;
    readonly attributes: AttributeColumn;
    readonly types: WordColumn;
  };
}

const SECTION_TYPES: ReadonlyMap<string, NativeType> = new Map(
  TABLES.otel_traces.slice(0, -1).map(([name, type]) => [name, parseType(type)]),
);

/** The columns of a section of `otel_traces`; its texts stay where they are. Throws NativeFormatError. */
export function readSpanColumns({ block }: Pick<Section, 'block'>): SpanBlock {
  const { rows, views } = viewBlock(block, SECTION_TYPES);
  return spanBlock(rows, (name) => views.get(name) ?? blankView(SECTION_TYPES.get(name) as NativeType, rows));
}

type SpanColumnName = (typeof SPAN_COLUMNS)[number] | (typeof NESTED_COLUMNS)[number];

function spanBlock(rows: number, view: (name: SpanColumnName) => ColumnView): SpanBlock {
  const text = (name: SpanColumnName): TextColumn => strings(view(name));
  const words = (name: SpanColumnName): WordColumn => dictionary(view(name));
  const map = (name: SpanColumnName): AttributeColumn => attributes(view(name));
  const nested = (name: SpanColumnName): ColumnView => elements(view(name));
  return {
    rows,
    starts: halves(view('Timestamp')),
    durations: halves(view('Duration')),
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
    numbers: numbers(view('OtlpNumbers')),
    weights: doubles(view('SampleWeight')),
    events: {
      offsets: offsets(view('Events.Timestamp')),
      times: halves(nested('Events.Timestamp')),
      names: dictionary(nested('Events.Name')),
      attributes: attributes(nested('Events.Attributes')),
      types: dictionary(nested('Events.AttributeTypes')),
    },
    links: {
      offsets: offsets(view('Links.TraceId')),
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
  for await (const block of reader.query(statement, options))
    if (block.rows > 0) yield spanBlock(block.rows, (name) => viewOf(columnOf(block, name)));
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

function mismatch(view: ColumnView, what: string): never {
  throw new NativeFormatError(`a ${view.kind} column where ${what} belong`);
}

function strings(view: ColumnView): TextColumn {
  return view.kind === 'texts' ? view : mismatch(view, 'texts');
}

function dictionary(view: ColumnView): WordColumn {
  return view.kind === 'words' ? view : mismatch(view, 'words');
}

function attributes(view: ColumnView): AttributeColumn {
  if (view.kind !== 'map') return mismatch(view, 'attributes');
  return { offsets: view.offsets, keys: dictionary(view.keys), values: asWords(view.values) };
}

/** Texts, each as a word of its own. */
function asWords(view: ColumnView): WordColumn {
  if (view.kind !== 'texts') return dictionary(view);
  const indexes = new Uint32Array(view.starts.length);
  for (let i = 0; i < indexes.length; i++) indexes[i] = i;
  return { kind: 'words', keys: view, indexes };
}

function halves(view: ColumnView): Uint32Array {
  if (view.kind !== 'numbers') return mismatch(view, 'numbers');
  const { buffer, byteOffset, byteLength } = view.values;
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function doubles(view: ColumnView): Float64Array {
  if (view.kind !== 'numbers') return mismatch(view, 'numbers');
  const { buffer, byteOffset, byteLength } = view.values;
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}

function numbers(view: ColumnView): SpanBlock['numbers'] {
  if (view.kind !== 'map') return mismatch(view, 'numbers by name');
  return { offsets: view.offsets, keys: dictionary(view.keys), values: halves(view.values) };
}

function offsets(view: ColumnView): Uint32Array {
  return view.kind === 'array' ? view.offsets : mismatch(view, 'arrays');
}

function elements(view: ColumnView): ColumnView {
  return view.kind === 'array' ? view.values : mismatch(view, 'arrays');
}
