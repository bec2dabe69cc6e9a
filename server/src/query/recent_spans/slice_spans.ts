import type { StoredAttributes, StoredEvent, StoredLink, StoredSpan } from '../../store/index.ts';
import { hexOfWords } from './span_ids.ts';
import { nsOfWords, type SpanSlice } from './span_slice.ts';

/** The rows of a slice as spans. */

export function traceIdAt(slice: SpanSlice, row: number): string {
  const trace = slice.traceOf[row] as number;
  return slice.oddTraceIds.get(trace) ?? hexOfWords(slice.traces.ids, trace * 4, 4);
}

export function spanIdAt(slice: SpanSlice, row: number): string {
  return idAt(slice.spanIds, slice.oddSpanIds, row);
}

/** Empty for a root. */
export function parentIdAt(slice: SpanSlice, row: number): string {
  return idAt(slice.parentIds, slice.oddParentIds, row);
}

function idAt(words: Uint32Array, odd: ReadonlyMap<number, string>, row: number): string {
  if (words[row * 2] !== 0 || words[row * 2 + 1] !== 0) return odd.get(row) ?? hexOfWords(words, row * 2, 2);
  return odd.get(row) ?? '';
}

/** The attributes of a row, decoded when they are looked at: most spans of a trace are not. */
class RowAttributes implements StoredAttributes {
  readonly #slice: SpanSlice;
  readonly #row: number;
  #decoded: StoredAttributes | undefined;

  constructor(slice: SpanSlice, row: number) {
    this.#slice = slice;
    this.#row = row;
  }

  get pairs(): readonly string[] {
    return this.#attributes.pairs;
  }

  get types(): string {
    return this.#attributes.types;
  }

  get #attributes(): StoredAttributes {
    const [slice, row] = [this.#slice, this.#row];
    this.#decoded ??= slice.attributes(slice.pairs.values, slice.pairStart(row), slice.pairEnds[row] as number);
    return this.#decoded;
  }
}

/** @param traceId of the row's trace, where that is known */
export function spanAt(slice: SpanSlice, row: number, traceId = traceIdAt(slice, row)): StoredSpan {
  const { kind, status, statusMessage, traceState, weight, numbers } = slice.form(slice.forms.at(row));
  const origin = slice.origin(slice.origins.at(row));
  return {
    traceId,
    spanId: spanIdAt(slice, row),
    parentSpanId: parentIdAt(slice, row),
    traceState,
    name: slice.name(row),
    kind,
    service: origin.service,
    startNs: slice.startNs(row),
    durationNs: slice.durationNs(row),
    status,
    statusMessage,
    scopeName: origin.scopeName,
    scopeVersion: origin.scopeVersion,
    scopeAttributes: origin.scopeAttributes,
    scopeSchemaUrl: origin.scopeSchemaUrl,
    attributes: new RowAttributes(slice, row),
    resource: origin.resource,
    resourceSchemaUrl: origin.resourceSchemaUrl,
    ...nestedAt(slice, row),
    numbers,
    weight,
  };
}

interface Nested {
  readonly events: readonly StoredEvent[];
  readonly links: readonly StoredLink[];
}

const NOTHING_NESTED: Nested = { events: [], links: [] };

/**
 * Events and links of a row as they stand in `rest`: their counts, of each event its time (lower word first), the code of its
 * name, the count of its pairs and their codes, of each link the codes of its ids and state, count and codes of its pairs.
 */
export function nestedAt(slice: SpanSlice, row: number): Nested {
  let at = restStart(slice, row);
  if (at === 0) return NOTHING_NESTED;
  const { rest } = slice;
  const next = (): number => rest[at++] as number;
  const attributes = (): { attributes: readonly string[]; types: string } => {
    const count = next();
    const { pairs, types } = slice.attributes(rest, at, at + count);
    at += count;
    return { attributes: pairs, types };
  };
  const [events, links] = [next(), next()];
  return {
    events: Array.from({ length: events }, () => {
      const [low, high] = [next(), next()];
      return {
        timeNs: nsOfWords(low, high),
        name: slice.word(next()),
        ...attributes(),
      };
    }),
    links: Array.from({ length: links }, () => ({
      traceId: slice.texts.text(next()),
      spanId: slice.texts.text(next()),
      traceState: slice.texts.text(next()),
      ...attributes(),
    })),
  };
}

/** Where the events and links of a row begin, 0 when it has none. */
export function restStart(slice: SpanSlice, row: number): number {
  return slice.restStarts.length === 0 ? 0 : (slice.restStarts[row] as number);
}

/** Calls back with the codes of the pairs of a row's events and links. */
export function eachNestedPair(slice: SpanSlice, row: number, take: (pair: number) => void): void {
  let at = restStart(slice, row);
  if (at === 0) return;
  const { rest } = slice;
  const items = (rest[at++] as number) + (rest[at++] as number);
  // An event has three words before the count of its pairs, as a link has.
  for (let item = 0; item < items; item++) {
    at += 3;
    const count = rest[at++] as number;
    for (let i = 0; i < count; i++) take(rest[at++] as number);
  }
}
