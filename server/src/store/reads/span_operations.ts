import { bind, type Sql, sql, trusted } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { blockRows } from './block_rows.ts';
import { columnOf } from './logs.ts';
import { type NsRange, within } from './spans.ts';
import { textReader } from './text_columns.ts';

export interface NamedOperation {
  readonly name: string;
  /** server, client, producer, consumer, internal; empty for a span that tells none. */
  readonly kind: string;
}

/** Services with spans in a range, by name. Throws StoreError. */
export async function readServiceNames(
  reader: StoreReader,
  request: NsRange & { readonly limit: number },
  options: QueryOptions,
): Promise<readonly string[]> {
  const statement = sql`SELECT DISTINCT toString(ServiceName) AS service FROM otel_traces WHERE ${within(request)} AND service != ''
    ORDER BY service LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blockRows(blocks, (block) => textReader(columnOf(block, 'service')));
}

/** Names of spans with their kinds, of one service (empty: all) and of one kind (empty: all). Throws StoreError. */
export async function readOperations(
  reader: StoreReader,
  request: NsRange & { readonly service: string; readonly kind: string; readonly limit: number },
  options: QueryOptions,
): Promise<readonly NamedOperation[]> {
  const only = (condition: Sql, value: string): Sql => (value === '' ? trusted('') : condition);
  const statement = sql`SELECT DISTINCT toString(SpanName) AS name, if(SpanKind = 'Unspecified', '', lower(toString(SpanKind))) AS kind
    FROM otel_traces WHERE ${within(request)}${only(sql` AND ServiceName = ${bind.string(request.service)}`, request.service)}
      ${only(sql` AND kind = ${bind.string(request.kind)}`, request.kind)}
    ORDER BY name, kind LIMIT ${bind.uint64(request.limit)}`;
  const { blocks } = await reader.collect(statement, options);
  return blockRows(blocks, (block) => {
    const [name, kind] = [textReader(columnOf(block, 'name')), textReader(columnOf(block, 'kind'))];
    return (row) => ({ name: name(row), kind: kind(row) });
  });
}
