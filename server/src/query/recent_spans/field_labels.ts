import type { SpanColumn, SpanField } from '../../store/index.ts';
import { parentIdAt, spanIdAt, traceIdAt } from './slice_spans.ts';
import type { SpanSlice } from './span_slice.ts';

/** The letter of a value's type (see TABLES.otel_traces) and its text; both empty where a span has none. */
export type FieldLabel = readonly [type: string, text: string];

/** What a field is of a row, as a number of `FieldLabels`. */
export type LabelReader = (row: number) => number;

const ABSENT = 0;
const UNREAD = -1;

/** Values of a field, numbered in the order they are met, the same in all slices; 0 is the field that is absent. */
export class FieldLabels {
  readonly labels: FieldLabel[] = [['', '']];
  readonly #codes = new Map<string, number>();

  codeOf(type: string, text: string): number {
    // The letter is one character.
    const key = type + text;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = this.labels.push([type, text]) - 1;
    this.#codes.set(key, code);
    return code;
  }
}

/** Reads a field of the rows of a slice as the store reads it (store/reads/span_fields.ts: renderFieldType, renderFieldText). */
export function labelReader(slice: SpanSlice, field: SpanField, labels: FieldLabels): LabelReader {
  switch (field.kind) {
    case 'duration':
      return (row) => labels.codeOf('d', String(slice.durationNs(row)));
    case 'column':
      return columnReader(slice, field.column, labels);
    case 'attribute': {
      const { scope, key } = field;
      const own = scope === 'resource' ? undefined : attributeReader(slice, key, labels);
      const resource = scope === 'span' ? undefined : resourceReader(slice, key, labels);
      if (own === undefined) return resource ?? (() => ABSENT);
      return resource === undefined ? own : (row) => own(row) || resource(row);
    }
  }
}

function columnReader(slice: SpanSlice, column: SpanColumn, labels: FieldLabels): LabelReader {
  const { forms, formWords, names, origins, originWords, texts } = slice;
  const text = (value: string): number => labels.codeOf('s', value);
  const ofForm = (read: (code: number) => string): LabelReader => {
    const label = onceByCode(formWords.size, (code) => text(read(code)));
    return (row) => label(forms.at(row));
  };
  const ofOrigin = (read: (code: number) => string): LabelReader => {
    const label = onceByCode(originWords.size, (code) => text(read(code)));
    return (row) => label(origins.at(row));
  };
  switch (column) {
    case 'ServiceName':
      return ofOrigin((code) => slice.origin(code).service);
    case 'ScopeName':
      return ofOrigin((code) => slice.origin(code).scopeName);
    case 'ScopeVersion':
      return ofOrigin((code) => slice.origin(code).scopeVersion);
    case 'SpanKind':
      return ofForm((code) => slice.form(code).kind.toLowerCase());
    case 'StatusCode':
      return ofForm((code) => slice.form(code).status.toLowerCase());
    case 'StatusMessage':
      return ofForm((code) => slice.form(code).statusMessage);
    case 'SpanName': {
      const label = onceByCode(texts.size, (code) => text(slice.word(code)));
      return (row) => label(names.at(row));
    }
    case 'TraceId':
      return (row) => text(traceIdAt(slice, row));
    case 'SpanId':
      return (row) => text(spanIdAt(slice, row));
    case 'ParentSpanId':
      return (row) => text(parentIdAt(slice, row));
  }
}

/** Reads each code once. */
export function onceByCode(size: number, read: (code: number) => number): (code: number) => number {
  const known = new Int32Array(size).fill(UNREAD);
  return (code) => {
    const label = known[code] as number;
    if (label !== UNREAD) return label;
    const fresh = read(code);
    known[code] = fresh;
    return fresh;
  };
}

const NO_PAIR = -1;

/** The pair of a row that has a key, by its code; -1 without. */
function pairReader(slice: SpanSlice, key: string): LabelReader {
  const word = slice.codeOfWord(key);
  if (word < 0) return () => NO_PAIR;
  const { pairEnds, pairTexts } = slice;
  const isOfKey = new Uint8Array(pairTexts.size);
  for (let code = 0; code < isOfKey.length; code++)
    if ((pairTexts.tags[code] as number) >>> 8 === word) isOfKey[code] = 1;
  const pairs = slice.pairs.values;
  return (row) => {
    for (let i = slice.pairStart(row), end = pairEnds[row] as number; i < end; i++) {
      const code = pairs[i] as number;
      if (isOfKey[code] === 1) return code;
    }
    return NO_PAIR;
  };
}

function attributeReader(slice: SpanSlice, key: string, labels: FieldLabels): LabelReader {
  const pair = pairReader(slice, key);
  const label = onceByCode(slice.pairTexts.size, (code) => {
    const { letter, text } = slice.pair(code);
    return labels.codeOf(typeOf(letter), text);
  });
  return (row) => {
    const code = pair(row);
    return code === NO_PAIR ? ABSENT : label(code);
  };
}

function resourceReader(slice: SpanSlice, key: string, labels: FieldLabels): LabelReader {
  const label = onceByCode(slice.originWords.size, (code) => {
    const { service, resource } = slice.origin(code);
    if (key === 'service.name') return service === '' ? ABSENT : labels.codeOf('s', service);
    const { pairs, types } = resource;
    for (let i = 0; i < pairs.length; i += 2)
      if (pairs[i] === key) return labels.codeOf(typeOf(types[i / 2]), pairs[i + 1] ?? '');
    return ABSENT;
  });
  return (row) => label(slice.origins.at(row));
}

/** What was stored without a type is text. */
function typeOf(letter: string | undefined): string {
  return letter === undefined || letter === '' ? 's' : letter;
}
