import type { Field, Intrinsic } from '@trilith/lang/traceql';
import type { StoredAttributes, StoredEvent, StoredLink, StoredSpan } from '../../store/index.ts';
import type { TraceSummaryRow } from '../traces/summary.ts';
import { type NestedSets, nestedSets, type TraceTree } from './trace_tree.ts';

/** A value of a field. Durations are ns; statuses and kinds their lower-case words. */
export type Scalar = string | number | boolean;
/** What a span has for a field: nothing, one value, or several (arrays, and the fields of several events or links). */
export type FieldValue = Scalar | readonly Scalar[] | undefined;

/** A trace being looked at. */
export interface TraceView {
  readonly tree: TraceTree;
  readonly summary: TraceSummaryRow;
  /** Filled on first use: few queries ask for these numbers. */
  sets?: NestedSets;
}

export interface FieldReader {
  read(trace: TraceView, span: number): FieldValue;
  /** Whether the value read is an integer, which decides how it is divided. */
  isInteger(trace: TraceView, span: number): boolean;
}

/** Reads a field of a span, without declaring it anywhere. */
export function fieldReader(field: Field): FieldReader {
  return field.kind === 'attribute' ? attributeReader(field) : intrinsicReader(field.name);
}

const spanAt = (trace: TraceView, span: number): StoredSpan => trace.tree.spans[span] as StoredSpan;

function attributeReader({ scope, name }: Extract<Field, { kind: 'attribute' }>): FieldReader {
  const typed = (read: (span: StoredSpan) => Found | undefined): FieldReader => ({
    read: (trace, span) => read(spanAt(trace, span))?.value,
    isInteger: (trace, span) => read(spanAt(trace, span))?.letter === 'i',
  });
  switch (scope) {
    case 'span':
      return typed((span) => attributeOf(span.attributes, name));
    case 'resource':
      return typed((span) => resourceAttribute(span, name));
    case 'event':
      return typed((span) => fromEach(span.events, (event) => attributeOf(pairsOf(event), name)));
    case 'link':
      return typed((span) => fromEach(span.links, (link) => attributeOf(pairsOf(link), name)));
    case 'instrumentation':
      return typed((span) => attributeOf(span.scopeAttributes, name));
    case 'any':
      return typed(
        (span) =>
          attributeOf(span.attributes, name) ??
          resourceAttribute(span, name) ??
          fromEach(span.events, (event) => attributeOf(pairsOf(event), name)) ??
          fromEach(span.links, (link) => attributeOf(pairsOf(link), name)) ??
          attributeOf(span.scopeAttributes, name),
      );
  }
}

function pairsOf({ attributes, types }: StoredEvent | StoredLink): StoredAttributes {
  return { pairs: attributes, types };
}

interface Found {
  readonly value: FieldValue;
  /** Of the stored type (store/tables.ts), `s` where it is not kept. */
  readonly letter: string;
}

function attributeOf({ pairs, types }: StoredAttributes, name: string): Found | undefined {
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] !== name) continue;
    const letter = types[i / 2] ?? 's';
    // A name without a value is no attribute.
    return letter === 'n' ? undefined : { value: typedValue(pairs[i + 1] ?? '', letter), letter };
  }
  return undefined;
}

function resourceAttribute(span: StoredSpan, name: string): Found | undefined {
  if (name === 'service.name' && span.service !== '') return { value: span.service, letter: 's' };
  return attributeOf(span.resource, name);
}

/** An attribute's value by the letter of its type (see TABLES.otel_traces). */
export function typedValue(text: string, letter: string): FieldValue {
  switch (letter) {
    case 'i':
    case 'd':
      return Number(text);
    case 'b':
      return text === 'true';
    case 'j':
      return arrayOf(text);
    case 'o':
      return arrayOfAnyValues(text);
    default:
      return text;
  }
}

/** The values of an array attribute, stored as JSON; one that is no JSON is text. */
function arrayOf(text: string): FieldValue {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return text;
    return parsed.filter((v) => typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean');
  } catch {
    // Cut or not JSON: it still can be found as the text it is.
    return text;
  }
}

/** As arrayOf, of an OTLP/JSON AnyValue, which tells the numbers that JSON cannot. */
function arrayOfAnyValues(text: string): FieldValue {
  try {
    const parsed = JSON.parse(text) as { readonly arrayValue?: { readonly values?: readonly object[] } } | null;
    const values = parsed?.arrayValue?.values;
    return values === undefined ? text : values.flatMap(scalarOf);
  } catch {
    // Cut: it still can be found as the text it is.
    return text;
  }
}

function scalarOf(anyValue: object): Scalar[] {
  const [[kind, value] = ['', undefined]] = Object.entries(anyValue) as [string, unknown][];
  if (kind === 'intValue' || kind === 'doubleValue') return [Number(value)];
  return typeof value === 'string' || typeof value === 'boolean' ? [value] : [];
}

/** The values of all items that have the field; its letter where they agree. */
function fromEach<T>(items: readonly T[], read: (item: T) => Found | undefined): Found | undefined {
  const found = items.map(read).filter((one) => one !== undefined);
  const [first] = found;
  if (first === undefined) return undefined;
  const letter = found.every((one) => one.letter === first.letter) ? first.letter : 's';
  if (found.length === 1) return first;
  return { value: found.flatMap(({ value }) => value ?? []), letter };
}

const INTEGERS: ReadonlySet<Intrinsic> = new Set(['childCount', 'nestedSetLeft', 'nestedSetRight', 'nestedSetParent']);

function intrinsicReader(name: Intrinsic): FieldReader {
  const read = INTRINSIC_READERS[name];
  const integer = INTEGERS.has(name);
  return {
    read: (trace, span) => read(spanAt(trace, span), trace, span),
    isInteger: () => integer,
  };
}

function setsOf(trace: TraceView): NestedSets {
  trace.sets ??= nestedSets(trace.tree);
  return trace.sets;
}

const INTRINSIC_READERS: Readonly<
  Record<Intrinsic, (span: StoredSpan, trace: TraceView, index: number) => FieldValue>
> = {
  name: (span) => span.name,
  duration: (span) => Number(span.durationNs),
  status: (span) => span.status.toLowerCase(),
  statusMessage: (span) => span.statusMessage,
  kind: (span) => span.kind.toLowerCase(),
  childCount: (_, { tree }, index) => tree.childCounts[index],
  parent: () => undefined,
  traceDuration: (_, { summary }) => Number(summary.durationNs),
  rootName: (_, { summary }) => (summary.rootArrived ? summary.rootTraceName : undefined),
  rootServiceName: (_, { summary }) => (summary.rootArrived ? summary.rootServiceName : undefined),
  nestedSetLeft: (_, trace, index) => setsOf(trace).left[index],
  nestedSetRight: (_, trace, index) => setsOf(trace).right[index],
  nestedSetParent: (_, trace, index) => setsOf(trace).parent[index],
  'span:id': (span) => span.spanId,
  'span:parentID': (span) => span.parentSpanId,
  'trace:id': (span) => span.traceId,
  'event:name': (span) => fromEach(span.events, (event) => ({ value: event.name, letter: 's' }))?.value,
  'event:timeSinceStart': (span) =>
    fromEach(span.events, (event) => ({ value: Number(event.timeNs - span.startNs), letter: 'd' }))?.value,
  'link:traceID': (span) => fromEach(span.links, (link) => ({ value: link.traceId, letter: 's' }))?.value,
  'link:spanID': (span) => fromEach(span.links, (link) => ({ value: link.spanId, letter: 's' }))?.value,
  'instrumentation:name': (span) => span.scopeName,
  'instrumentation:version': (span) => span.scopeVersion,
};
