import {
  aggregate,
  indexExpression,
  type NamedAggregation,
  planSearch,
  readHits,
  type SearchSource,
} from '../../query/index.ts';
import { flatFields, sourceOf } from './source.ts';

/** Elasticsearch's types that fields are shown as. */
export type FieldType = 'date' | 'text' | 'keyword' | 'long' | 'double' | 'boolean';

/** Newest records that are looked at to tell which fields there are: nothing keeps a mapping. */
const SAMPLE = 1_000;

/** Names of the indices an expression means, sorted. Throws StoreError. */
export async function indexNames(source: SearchSource, indices: string, nowMs: number): Promise<readonly string[]> {
  return (await planSearch(source, { kind: 'all' }, indexExpression(indices), nowMs)).indices;
}

/** The fields of the newest records of each index, by dotted name. Throws StoreError. */
export async function fieldTypes(
  source: SearchSource,
  indices: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<string, FieldType>>> {
  const search = await planSearch(source, { kind: 'all' }, indexExpression(indices), nowMs);
  const hits = await readHits(search, { direction: 'backward', limit: SAMPLE, signal });
  const byIndex = new Map<string, Map<string, FieldType>>(
    search.indices.map((name) => [
      name,
      new Map<string, FieldType>([
        ['@timestamp', 'date'],
        ['message', 'text'],
      ]),
    ]),
  );
  for (const hit of hits) {
    const fields = byIndex.get(hit.index);
    if (fields === undefined) continue;
    for (const [name, [value]] of flatFields(sourceOf(hit)))
      if (name !== '@timestamp' && name !== 'message') fields.set(name, widened(fields.get(name), typeOf(value)));
  }
  return byIndex;
}

function typeOf(value: unknown): FieldType {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'double';
  return 'keyword';
}

/** The type both are of. */
function widened(known: FieldType | undefined, type: FieldType): FieldType {
  if (known === undefined || known === type) return type;
  const numbers = (one: FieldType): boolean => one === 'long' || one === 'double';
  return numbers(known) && numbers(type) ? 'double' : 'keyword';
}

/** Records in each index, by one count of all of them: there are as many indices as services. Throws StoreError. */
export async function indexCounts(
  source: SearchSource,
  indices: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const search = await planSearch(source, { kind: 'all' }, indexExpression(indices), nowMs);
  const { byIndex } = (await aggregate(search, [BY_INDEX], signal)) as {
    readonly byIndex: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
  };
  const counts = new Map<string, number>(search.indices.map((name) => [name, 0]));
  // Of records of a stream that is not indexed nobody can say which index they are in.
  for (const { key, doc_count } of byIndex.buckets) if (counts.has(key)) counts.set(key, doc_count);
  return counts;
}

const BY_INDEX: NamedAggregation = {
  name: 'byIndex',
  aggregation: {
    kind: 'terms',
    field: '_index',
    size: Number.MAX_SAFE_INTEGER,
    minCount: 1,
    missing: undefined,
    order: [],
  },
  children: [],
};

/** A mapping as Elasticsearch shows it: dotted names as objects within objects. */
export function mappingOf(fields: ReadonlyMap<string, FieldType>): object {
  interface Node {
    type?: string;
    properties?: Record<string, Node>;
    fields?: object;
  }
  const root: Node = { properties: Object.create(null) as Record<string, Node> };
  for (const [name, type] of fields) {
    let node = root;
    for (const part of name.split('.')) {
      node.properties ??= Object.create(null) as Record<string, Node>;
      node = node.properties[part] ??= {};
    }
    node.type = type;
    if (type === 'text') node.fields = { keyword: { type: 'keyword', ignore_above: 256 } };
  }
  return root;
}
