import { type Field, parse, TraceqlError } from '@trilith/lang/traceql';
import {
  ANY_SPAN,
  type NsRange,
  type QueryOptions,
  readTagNames,
  readTagValues,
  type SpanPredicate,
  type SpanTag,
  type SpanTagValue,
  type TagScope,
} from '../../store/index.ts';
import { recentTagNames, recentTagValues } from '../recent_spans/recent_tags.ts';
import { planPipeline } from '../traceql/push_spans.ts';
import { rangeParts, wholeInMemory } from './range_parts.ts';
import type { TraceStore } from './trace.ts';

export interface TagQuery extends NsRange {
  /** TraceQL that the spans looked at satisfy; what of it is unfinished does not count. */
  readonly filter: string;
  readonly limit: number;
  /** True: nothing is taken from what was answered before. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

const NS_PER_MINUTE = 60_000_000_000n;
const HOUR = 60n;
/** Names are remembered by stretches of so many minutes, of wider ones in longer ranges. */
const FINE = 5n;
const FINE_UP_TO = 3n * HOUR;
const HOURS_UP_TO = 48n * HOUR;

/**
 * Names of attributes of a scope in use, sorted; of whole stretches of five minutes at least. Stretches that were asked for
 * together are remembered with the names of all of them. Throws StoreError.
 */
export async function tagNames(store: TraceStore, scope: TagScope, query: TagQuery): Promise<readonly string[]> {
  const { startNs, endNs, limit, filter, fresh } = query;
  const lasts = (endNs - startNs) / NS_PER_MINUTE;
  const widthNs = NS_PER_MINUTE * (lasts <= FINE_UP_TO ? FINE : lasts <= HOURS_UP_TO ? HOUR : 24n * HOUR);
  const originNs = startNs - (startNs % widthNs);
  const count = Number((endNs - originNs + widthNs - 1n) / widthNs);
  const predicate = tagFilter(filter);
  const read = (first: number, stretches: number): Promise<readonly string[]> => {
    const fromNs = originNs + BigInt(first) * widthNs;
    const range = { startNs: fromNs, endNs: fromNs + BigInt(stretches) * widthNs + 1n };
    return namesIn(store, { ...range, scope, predicate, limit }, optionsOf(store, query));
  };
  const answers = fresh === true ? undefined : store.recent?.answers;
  if (answers === undefined) return [...(await read(0, count))].sort();
  const question = JSON.stringify([scope, filter, limit, String(widthNs)]);
  const found = await answers.names.rows(question, { originNs, widthNs, count }, async (first, stretches) => {
    const names = await read(first, stretches);
    return Array.from({ length: stretches }, (_, i) => names.map((name) => [first + i, name] as const)).flat();
  });
  return [...new Set(found.map(([, name]) => name))].slice(0, limit).sort();
}

/** From memory what it has all of, from the store what began before. Throws StoreError. */
async function namesIn(
  store: TraceStore,
  request: Parameters<typeof readTagNames>[1],
  options: QueryOptions,
): Promise<readonly string[]> {
  const { recent, stored } = rangeParts(store, request);
  const { predicate, scope, limit } = request;
  const names =
    recent === undefined
      ? new Set<string>()
      : await recentTagNames(recent.slices, { ...recent, predicate }, scope, options.signal);
  const others = stored === undefined ? [] : await readTagNames(store.reader, { ...request, ...stored }, options);
  return [...new Set([...names, ...others])].slice(0, limit);
}

const KINDS = ['client', 'server', 'producer', 'consumer', 'internal', 'unspecified'];
const STATUSES = ['ok', 'error', 'unset'];
const EVERY_SCOPE: readonly TagScope[] = ['span', 'resource', 'event', 'link', 'instrumentation'];

export type TagValues =
  /** Words of TraceQL. */
  | { readonly kind: 'keywords'; readonly values: readonly string[] }
  | { readonly kind: 'values'; readonly values: readonly SpanTagValue[] };

/**
 * Values of a field in use with their types, the most frequent first; of ids and durations none, they are too many.
 * Throws StoreError.
 */
export async function tagValues(store: TraceStore, field: Field, query: TagQuery): Promise<TagValues> {
  if (field.kind === 'intrinsic' && field.name === 'kind') return { kind: 'keywords', values: KINDS };
  if (field.kind === 'intrinsic' && field.name === 'status') return { kind: 'keywords', values: STATUSES };
  const tag = tagOf(field);
  if (tag === undefined) return { kind: 'values', values: [] };
  const request = { ...query, tag, predicate: tagFilter(query.filter) };
  const recent = wholeInMemory(store, query);
  if (recent !== undefined)
    return { kind: 'values', values: await recentTagValues(recent.slices, request, query.signal) };
  return { kind: 'values', values: await readTagValues(store.reader, request, optionsOf(store, query)) };
}

/** A field as TraceQL writes it, or undefined for what is none. */
export function fieldNamed(text: string): Field | undefined {
  if (text.length > 1024) return undefined;
  try {
    const query = parse(`{} | select(${text})`);
    const [, stage] = query.kind === 'metrics' ? [] : query.stages;
    return stage?.kind === 'select' && stage.fields.length === 1 ? stage.fields[0] : undefined;
  } catch (error) {
    if (!(error instanceof TraceqlError)) throw error;
    return undefined;
  }
}

function optionsOf(store: TraceStore, { signal }: TagQuery): TraceStore['query'] {
  return signal === undefined ? store.query : { ...store.query, signal };
}

const COLUMNS = {
  name: 'SpanName',
  statusMessage: 'StatusMessage',
  rootName: 'RootName',
  rootServiceName: 'RootServiceName',
  'event:name': 'EventName',
  'instrumentation:name': 'ScopeName',
  'instrumentation:version': 'ScopeVersion',
} as const;

function tagOf(field: Field): SpanTag | undefined {
  if (field.kind === 'attribute') {
    const { scope, name } = field;
    if (name === 'service.name' && (scope === 'resource' || scope === 'any'))
      return { kind: 'column', column: 'ServiceName' };
    return { kind: 'attribute', scopes: scope === 'any' ? EVERY_SCOPE : [scope], key: name };
  }
  const { name } = field;
  return name in COLUMNS ? { kind: 'column', column: COLUMNS[name as keyof typeof COLUMNS] } : undefined;
}

/** A comparison of a field with a literal, as it stands in a query being typed. */
const COMPARISON =
  /(?:[\w.:/-]|"(?:[^"\\]|\\.)*")+\s*(?:=~|!~|!=|>=|<=|=|>|<)\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s{}&|()"`=]+)/g;

/**
 * What a query says of a single span. Of one that cannot be read those comparisons count that can, as in Tempo, where editors
 * ask with what has been typed so far.
 */
function tagFilter(query: string): SpanPredicate {
  if (query.trim() === '' || query.length > 10_000) return ANY_SPAN;
  const whole = filterOf(query);
  if (whole !== undefined) return whole;
  const readable = (query.match(COMPARISON) ?? []).filter((one) => filterOf(`{ ${one} }`) !== undefined);
  return filterOf(`{ ${readable.join(' && ')} }`) ?? ANY_SPAN;
}

/** The predicate of a query of one spanset filter, undefined for any other. */
function filterOf(query: string): SpanPredicate | undefined {
  try {
    const parsed = parse(query);
    const [stage, ...more] = parsed.kind === 'metrics' ? [] : parsed.stages;
    return stage?.kind === 'filter' && more.length === 0 ? planPipeline([stage]) : undefined;
  } catch (error) {
    if (!(error instanceof TraceqlError)) throw error;
    return undefined;
  }
}
