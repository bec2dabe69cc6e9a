import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { blockRows } from './block_rows.ts';
import { columnOf } from './logs.ts';
import { renderSpanPredicate, type SpanPredicate } from './span_predicate.ts';
import { type NsRange, within } from './spans.ts';
import { textReader } from './text_columns.ts';

/** Where attributes of a span lie. */
export type TagScope = 'span' | 'resource' | 'instrumentation' | 'event' | 'link';

/** Columns of attributes and of their types' letters (see TABLES.otel_traces); of events and links there are several a span. */
const SCOPES: Readonly<Record<TagScope, { readonly values: string; readonly types: string; readonly many: boolean }>> =
  {
    span: { values: 'SpanAttributes', types: 'SpanAttributeTypes', many: false },
    resource: { values: 'ResourceAttributes', types: 'ResourceAttributeTypes', many: false },
    instrumentation: { values: 'ScopeAttributes', types: 'ScopeAttributeTypes', many: false },
    event: { values: 'Events.Attributes', types: 'Events.AttributeTypes', many: true },
    link: { values: 'Links.Attributes', types: 'Links.AttributeTypes', many: true },
  };

/** A field whose values are text and lie in a column of their own. */
export type TagColumn =
  | 'ServiceName'
  | 'SpanName'
  | 'StatusMessage'
  | 'ScopeName'
  | 'ScopeVersion'
  | 'RootName'
  | 'RootServiceName'
  | 'EventName';

export type SpanTag =
  | { readonly kind: 'column'; readonly column: TagColumn }
  | { readonly kind: 'attribute'; readonly scopes: readonly TagScope[]; readonly key: string };

export interface SpanTagValue {
  readonly value: string;
  /** Of its type, see TABLES.otel_traces. */
  readonly letter: string;
}

interface TagRequest extends NsRange {
  /** Spans that are looked at. */
  readonly predicate: SpanPredicate;
  readonly limit: number;
}

/** Values are counted over this many spans that have the tag; of more, the rare ones may be missing. */
const MOST_SPANS = 1_000_000;

/** Names of attributes of a scope in use on spans of a range, in no order; beyond the limit any of them. Throws StoreError. */
export async function readTagNames(
  reader: StoreReader,
  request: TagRequest & { readonly scope: TagScope },
  options: QueryOptions,
): Promise<readonly string[]> {
  const { values, many } = SCOPES[request.scope];
  const keys = many ? `arrayFlatten(arrayMap(one -> mapKeys(one), ${values}))` : `mapKeys(${values})`;
  const statement = sql`SELECT DISTINCT arrayJoin(${trusted(keys)}) AS name FROM otel_traces
      WHERE ${selected(request)} LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blockRows(blocks, (block) => textReader(columnOf(block, 'name')));
}

/** Values of a tag in use on spans of a range with their types, the most frequent first. Throws StoreError. */
export async function readTagValues(
  reader: StoreReader,
  request: TagRequest & { readonly tag: SpanTag },
  options: QueryOptions,
): Promise<readonly SpanTagValue[]> {
  const { tag } = request;
  const sources =
    tag.kind === 'column'
      ? [ofColumn(tag.column, request)]
      : tag.scopes.map((scope) => ofAttribute(scope, tag.key, request));
  const statement = sql`SELECT value, letter FROM (${join(sources, ' UNION ALL ')}) WHERE value != ''
    GROUP BY value, letter ORDER BY count() DESC, value LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blockRows(blocks, (block) => {
    const [value, letter] = [textReader(columnOf(block, 'value')), textReader(columnOf(block, 'letter'))];
    return (row) => ({ value: value(row), letter: letter(row) });
  });
}

function selected(request: TagRequest): Sql {
  return sql`${within(request)} AND ${renderSpanPredicate(request.predicate)}`;
}

const COLUMNS: Readonly<Record<TagColumn, readonly [value: string, condition: string]>> = {
  ServiceName: ['toString(ServiceName)', '1'],
  SpanName: ['toString(SpanName)', '1'],
  StatusMessage: ['StatusMessage', '1'],
  ScopeName: ['toString(ScopeName)', '1'],
  ScopeVersion: ['toString(ScopeVersion)', '1'],
  RootName: ['toString(SpanName)', "ParentSpanId = ''"],
  RootServiceName: ['toString(ServiceName)', "ParentSpanId = ''"],
  EventName: ['toString(arrayJoin(Events.Name))', '1'],
};

function ofColumn(column: TagColumn, request: TagRequest): Sql {
  const [value, condition] = COLUMNS[column];
  return sql`SELECT ${trusted(value)} AS value, 's' AS letter FROM otel_traces WHERE ${selected(request)} AND ${trusted(condition)}`;
}

/** What was stored without types is text. */
function ofAttribute(scope: TagScope, key: string, request: TagRequest): Sql {
  const { values, types, many } = SCOPES[scope];
  const name = bind.string(key);
  const map = trusted(many ? 'attributes' : values);
  const position = sql`indexOf(mapKeys(${map}), ${name})`;
  const letters = trusted(many ? 'letters' : `toString(${types})`);
  const columns = sql`toString(${map}[${name}]) AS value, if(${position} > length(${letters}), 's', substring(${letters}, ${position}, 1)) AS letter`;
  if (!many)
    return sql`SELECT ${columns} FROM otel_traces WHERE ${selected(request)} AND mapContains(${map}, ${name}) LIMIT ${bind.uint64(MOST_SPANS)}`;
  const joined = trusted(
    `arrayJoin(arrayZip(${values}, arrayMap(i -> if(i > length(${types}), '', toString(${types}[i])), arrayEnumerate(${values}))))`,
  );
  return sql`SELECT ${columns} FROM (SELECT ${joined} AS pair, pair.1 AS attributes, pair.2 AS letters FROM otel_traces
    WHERE ${selected(request)} LIMIT ${bind.uint64(MOST_SPANS)}) WHERE mapContains(attributes, ${name})`;
}
