import {
  ANY_SPAN,
  type NsRange,
  type SpanPredicate,
  type SpanTag,
  type SpanTagValue,
  type TagScope,
} from '../../store/index.ts';
import { type FieldLabel, FieldLabels, type LabelReader, labelReader } from './field_labels.ts';
import { inTurns } from './in_turns.ts';
import { ALWAYS } from './row_tests.ts';
import { addKeys, sliceKeys } from './slice_keys.ts';
import { nestedAt, restStart } from './slice_spans.ts';
import { compileTest, isRoot } from './slice_test.ts';
import type { SpanPair, SpanSlice } from './span_slice.ts';

interface Selection extends NsRange {
  readonly predicate: SpanPredicate;
}

type Selected = (row: number) => boolean;

function selected(slice: SpanSlice, { startNs, endNs, predicate }: Selection): Selected {
  return compileTest(slice, { kind: 'and', parts: [{ kind: 'within', startNs, endNs }, predicate] });
}

/** Names of attributes of a scope in use on spans of a range (store/reads/span_tags.ts: readTagNames). */
export async function recentTagNames(
  slices: readonly SpanSlice[],
  request: Selection,
  scope: TagScope,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const slice of inTurns(slices, signal)) for (const name of namesOf(slice, request, scope)) names.add(name);
  return names;
}

function namesOf(slice: SpanSlice, request: Selection, scope: TagScope): Iterable<string> {
  switch (scope) {
    case 'span':
      return Array.from(keysOf(slice, request), (code) => slice.word(code));
    case 'resource':
    case 'instrumentation':
      return originNames(slice, request, scope);
    case 'event':
    case 'link':
      return nestedNames(slice, request, scope);
  }
}

function keysOf(slice: SpanSlice, request: Selection): ReadonlySet<number> {
  if (slice.rows === 0) return new Set();
  const all = sliceKeys(slice);
  const isWhole = all.oldestNs >= request.startNs && all.newestNs < request.endNs;
  if (isWhole && request.predicate === ANY_SPAN) return all.keys;
  const test = selected(slice, request);
  const isUsed = new Uint8Array(slice.pairTexts.size);
  for (let row = 0; row < slice.rows; row++) {
    if (!test(row)) continue;
    for (let i = slice.pairStart(row), end = slice.pairEnds[row] as number; i < end; i++) isUsed[slice.pairs.at(i)] = 1;
  }
  const keys = new Set<number>();
  addKeys(slice, isUsed, keys);
  return keys;
}

function originNames(slice: SpanSlice, request: Selection, scope: 'resource' | 'instrumentation'): Set<string> {
  const test = selected(slice, request);
  const isUsed = new Uint8Array(slice.originWords.size);
  const names = new Set<string>();
  for (let row = 0; row < slice.rows; row++) {
    const code = slice.origins.at(row);
    if (isUsed[code] === 1 || !test(row)) continue;
    isUsed[code] = 1;
    const { resource, scopeAttributes } = slice.origin(code);
    for (const [i, key] of (scope === 'resource' ? resource : scopeAttributes).pairs.entries())
      if (i % 2 === 0) names.add(key);
  }
  return names;
}

function nestedNames(slice: SpanSlice, request: Selection, scope: 'event' | 'link'): Set<string> {
  const names = new Set<string>();
  if (slice.nestedKeys.size === 0) return names;
  const test = selected(slice, request);
  for (let row = 0; row < slice.rows; row++) {
    if (restStart(slice, row) === 0 || !test(row)) continue;
    const { events, links } = nestedAt(slice, row);
    for (const { attributes } of scope === 'event' ? events : links)
      for (let i = 0; i < attributes.length; i += 2) names.add(attributes[i] as string);
  }
  return names;
}

/** Values of a tag in use on spans of a range, the most frequent first (store/reads/span_tags.ts: readTagValues). */
export async function recentTagValues(
  slices: readonly SpanSlice[],
  request: Selection & { readonly tag: SpanTag; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly SpanTagValue[]> {
  const labels = new FieldLabels();
  const counts: number[] = [];
  const count = (code: number): void => {
    counts[code] = (counts[code] ?? 0) + 1;
  };
  const { tag } = request;
  for await (const slice of inTurns(slices, signal)) {
    const test = selected(slice, request);
    const isCounted: Selected = slice.repeats.size === 0 ? test : (row) => !slice.repeats.has(row) && test(row);
    if (tag.kind === 'attribute' && tag.scopes.length === 1 && tag.scopes[0] === 'span') {
      for (const [{ letter, text }, spans] of countValues(slice, tag.key, isCounted)) {
        const code = labels.codeOf(letter || 's', text);
        counts[code] = (counts[code] ?? 0) + spans;
      }
      continue;
    }
    const readers = readersOf(slice, tag, labels);
    for (let row = 0; row < slice.rows; row++) {
      if (!isCounted(row)) continue;
      for (const read of readers) read(row, count);
    }
  }
  return labels.labels
    .map(([letter, value], code) => ({ letter, value, spans: counts[code] ?? 0 }))
    .filter(({ value, spans }) => value !== '' && spans > 0)
    .sort((a, b) => b.spans - a.spans || compareBytes(a.value, b.value))
    .slice(0, request.limit)
    .map(({ value, letter }) => ({ value, letter }));
}

/** How often the values of an attribute are the first of its name on a row. */
function* countValues(slice: SpanSlice, key: string, isCounted: Selected): Generator<readonly [SpanPair, number]> {
  const word = slice.codeOfWord(key);
  if (word < 0) return;
  const { pairEnds, pairTexts, rows } = slice;
  const pairs = slice.pairs.values;
  const isOfKey = new Uint8Array(pairTexts.size);
  for (let code = 0; code < isOfKey.length; code++)
    if ((pairTexts.tags[code] as number) >>> 8 === word) isOfKey[code] = 1;
  const counts = new Uint32Array(pairTexts.size);
  let start = 0;
  for (let row = 0; row < rows; row++) {
    const end = pairEnds[row] as number;
    for (let i = start; i < end; i++) {
      const code = pairs[i] as number;
      if (isOfKey[code] === 0) continue;
      if (isCounted === ALWAYS || isCounted(row)) counts[code] = (counts[code] as number) + 1;
      break;
    }
    start = end;
  }
  for (let code = 0; code < counts.length; code++)
    if (counts[code] !== 0) yield [slice.pair(code), counts[code] as number];
}

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Takes the values that a row has. */
type ValuesReader = (row: number, take: (code: number) => void) => void;

function readersOf(slice: SpanSlice, tag: SpanTag, labels: FieldLabels): readonly ValuesReader[] {
  if (tag.kind === 'column') {
    const column = (name: 'ServiceName' | 'SpanName' | 'StatusMessage' | 'ScopeName' | 'ScopeVersion'): LabelReader =>
      labelReader(slice, { kind: 'column', column: name }, labels);
    switch (tag.column) {
      case 'RootName':
        return [one(column('SpanName'), (row) => isRoot(slice, row))];
      case 'RootServiceName':
        return [one(column('ServiceName'), (row) => isRoot(slice, row))];
      case 'EventName':
        return [nestedReader(slice, (row) => nestedAt(slice, row).events.map(({ name }) => ['s', name]), labels)];
      default:
        return [one(column(tag.column))];
    }
  }
  return tag.scopes.map((scope) => attributeReader(slice, scope, tag.key, labels));
}

function attributeReader(slice: SpanSlice, scope: TagScope, key: string, labels: FieldLabels): ValuesReader {
  switch (scope) {
    case 'span':
      return one(labelReader(slice, { kind: 'attribute', scope, key }, labels));
    case 'resource':
    case 'instrumentation':
      return one(originReader(slice, scope, key, labels));
    case 'event':
    case 'link': {
      const nested = scope === 'event' ? 'events' : 'links';
      return nestedReader(slice, (row) => nestedAt(slice, row)[nested].flatMap((item) => labelOf(item, key)), labels);
    }
  }
}

function one(read: LabelReader, holds: Selected = () => true): ValuesReader {
  return (row, take) => {
    if (holds(row)) take(read(row));
  };
}

function originReader(
  slice: SpanSlice,
  scope: 'resource' | 'instrumentation',
  key: string,
  labels: FieldLabels,
): LabelReader {
  const codes: number[] = [];
  return (row) => {
    const origin = slice.origins.at(row);
    let code = codes[origin];
    if (code === undefined) {
      const { resource, scopeAttributes } = slice.origin(origin);
      const { pairs: attributes, types } = scope === 'resource' ? resource : scopeAttributes;
      const [[type, text] = ['', '']] = labelOf({ attributes, types }, key);
      code = text === '' ? 0 : labels.codeOf(type, text);
      codes[origin] = code;
    }
    return code;
  };
}

function nestedReader(
  slice: SpanSlice,
  read: (row: number) => readonly FieldLabel[],
  labels: FieldLabels,
): ValuesReader {
  return (row, take) => {
    if (restStart(slice, row) === 0) return;
    for (const [type, text] of read(row)) take(labels.codeOf(type, text));
  };
}

/** The first attribute of a name; what was stored without a type is text. */
function labelOf(
  { attributes, types }: { readonly attributes: readonly string[]; readonly types: string },
  key: string,
): readonly FieldLabel[] {
  for (let i = 0; i < attributes.length; i += 2)
    if (attributes[i] === key) return [[types[i / 2] || 's', attributes[i + 1] ?? '']];
  return [];
}
