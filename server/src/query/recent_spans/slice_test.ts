import { RE2JS } from 're2js';
import type { SpanColumn, SpanField, SpanPredicate, SpanTest, TypedTest } from '../../store/index.ts';
import { eachNestedPair, parentIdAt, spanIdAt, traceIdAt } from './slice_spans.ts';
import { letterOf, type SpanSlice, ZONE_ROWS } from './span_slice.ts';

/** Whether a row of a slice satisfies what was asked. */
export type RowTest = (row: number) => boolean;
/** Whether a value does: its text, and the letter of its type (`s` where that is not known). */
type ValueTest = (text: string, letter: string) => boolean;

const ALWAYS: RowTest = () => true;
/** No row of the slice does. */
export const NEVER: RowTest = () => false;

/**
 * A span predicate as a test on the rows of a slice, which holds exactly where the store's rendering of it does (span_predicate.ts,
 * span_fields.ts). What many rows share is judged once.
 */
export function compileTest(slice: SpanSlice, predicate: SpanPredicate): RowTest {
  switch (predicate.kind) {
    case 'and':
      return both(predicate.parts.map((part) => compileTest(slice, part)));
    case 'or':
      return either(predicate.parts.map((part) => compileTest(slice, part)));
    case 'not': {
      const test = compileTest(slice, predicate.part);
      return test === NEVER ? ALWAYS : test === ALWAYS ? NEVER : (row) => !test(row);
    }
    case 'column': {
      const { test } = predicate;
      return columnTest(slice, predicate.column, valueTest(test), test.kind === 'in' ? test.values : undefined);
    }
    case 'duration':
      return durationTest(slice, { kind: 'number', operator: predicate.operator, value: predicate.ns });
    case 'attribute': {
      const { scope, key, test } = predicate;
      const wanted = test.kind === 'in' ? test.values : undefined;
      const holds = test.kind === 'exists' ? () => true : valueTest(test);
      const parts: RowTest[] = [];
      if (scope !== 'resource') parts.push(passes(spanAttribute(slice, key, holds, wanted)));
      if (scope !== 'span') parts.push(passes(resourceAttribute(slice, key, holds)));
      return either(parts);
    }
    case 'field':
      return fieldTest(slice, predicate.field, predicate.test);
    case 'unsure':
      return either(predicate.fields.map((field) => unsureTest(slice, field)));
    case 'within':
      return withinTest(slice, predicate);
  }
}

function both(tests: readonly RowTest[]): RowTest {
  if (tests.includes(NEVER)) return NEVER;
  const [first, second, ...others] = tests.filter((test) => test !== ALWAYS);
  if (first === undefined) return ALWAYS;
  if (second === undefined) return first;
  if (others.length === 0) return (row) => first(row) && second(row);
  return (row) => first(row) && second(row) && others.every((test) => test(row));
}

function either(tests: readonly RowTest[]): RowTest {
  if (tests.includes(ALWAYS)) return ALWAYS;
  const [first, second, ...others] = tests.filter((test) => test !== NEVER);
  if (first === undefined) return NEVER;
  if (second === undefined) return first;
  if (others.length === 0) return (row) => first(row) || second(row);
  return (row) => first(row) || second(row) || others.some((test) => test(row));
}

/** Rows that begin in a range, ns, half open. */
function withinTest(
  slice: SpanSlice,
  { startNs, endNs }: { readonly startNs: bigint; readonly endNs: bigint },
): RowTest {
  const isAtLeast = (bound: bigint): RowTest => {
    if (bound <= 0n) return ALWAYS;
    if (bound >> 64n !== 0n) return NEVER;
    const [low, high] = [Number(bound & 0xffff_ffffn), Number(bound >> 32n)];
    const { starts } = slice;
    return (row) => {
      const upper = starts[row * 2 + 1] as number;
      return upper > high || (upper === high && (starts[row * 2] as number) >= low);
    };
  };
  const isBehind = isAtLeast(endNs);
  const starts = isAtLeast(startNs);
  if (isInside(slice, startNs, endNs)) return ALWAYS;
  if (isBehind === NEVER) return starts;
  return (row) => starts(row) && !isBehind(row);
}

/** Whether all spans of a slice surely begin in a range. */
function isInside({ zoneNewest, zoneOldest, rows }: SpanSlice, startNs: bigint, endNs: bigint): boolean {
  const [from, to] = [Number(startNs >> 32n), Number(endNs >> 32n)];
  for (let zone = 0; zone * ZONE_ROWS < rows; zone++)
    if ((zoneOldest[zone] as number) <= from || (zoneNewest[zone] as number) >= to) return false;
  return true;
}

const COMPARE: Readonly<
  Record<'=' | '!=' | '>' | '>=' | '<' | '<=', <T extends number | string>(a: T, b: T) => boolean>
> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** What the engine's toFloat64OrNull reads as a number. */
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity|NaN)$/;

function valueTest(test: SpanTest): (text: string) => boolean {
  switch (test.kind) {
    case 'in': {
      const values = new Set(test.values);
      return (text) => values.has(text);
    }
    case 'regex': {
      const pattern = RE2JS.compile(test.pattern);
      return (text) => pattern.matcher(text).find();
    }
    case 'number': {
      const holds = COMPARE[test.operator];
      return (text) => NUMBER.test(text) && holds(Number(text), test.value);
    }
    case 'exists':
      return (text) => text !== '';
  }
}

function textTest(test: Extract<TypedTest, { readonly kind: 'text' | 'pattern' }>): (text: string) => boolean {
  if (test.kind === 'text') {
    const holds = COMPARE[test.operator];
    return (text) => holds(text, test.value);
  }
  const pattern = RE2JS.compile(test.pattern, RE2JS.DOTALL);
  return (text) => pattern.testExact(text) !== test.negated;
}

/** A test of a value that holds for those of its own type only. */
function typedTest(test: TypedTest): ValueTest {
  switch (test.kind) {
    case 'exists':
      return () => true;
    case 'text':
    case 'pattern': {
      const holds = textTest(test);
      return (text, letter) => !'idbj'.includes(letter) && holds(text);
    }
    case 'number': {
      const holds = COMPARE[test.operator];
      return (text, letter) =>
        (letter === 'i' || letter === 'd') && holds(NUMBER.test(text) ? Number(text) : 0, test.value);
    }
    case 'bool':
      return (text, letter) => letter === 'b' && (text === 'true') !== (test.value === test.negated);
  }
}

function fieldTest(slice: SpanSlice, field: SpanField, test: TypedTest): RowTest {
  switch (field.kind) {
    case 'duration':
      return durationTest(slice, test);
    case 'column': {
      if (test.kind === 'exists') return ALWAYS;
      if (test.kind !== 'text' && test.kind !== 'pattern') return NEVER;
      const only = test.kind === 'text' && test.operator === '=' ? [test.value] : undefined;
      return columnTest(slice, field.column, textTest(test), only);
    }
    case 'attribute': {
      const { scope, key } = field;
      const holds = typedTest(test);
      const only = test.kind === 'text' && test.operator === '=' ? [test.value] : undefined;
      const ofSpan = scope === 'resource' ? nowhere : spanAttribute(slice, key, holds, only);
      const ofResource = scope === 'span' ? nowhere : resourceField(slice, key, holds);
      if (!ofResource.canPass) return passes(ofSpan);
      if (ofSpan === nowhere) return passes(ofResource);
      return (row) => {
        const state = ofSpan.stateOf(row);
        return state === PASSES || (state === ABSENT && ofResource.stateOf(row) === PASSES);
      };
    }
  }
}

function durationTest({ durations }: SpanSlice, test: TypedTest): RowTest {
  if (test.kind === 'exists') return ALWAYS;
  if (test.kind !== 'number') return NEVER;
  const holds = COMPARE[test.operator];
  return (row) => holds(durations[row] as number, test.value);
}

/** Judges each of some codes once. */
function byCode(size: number, codeOf: (row: number) => number, holds: (code: number) => boolean): RowTest {
  const verdicts = new Uint8Array(size);
  return (row) => {
    const code = codeOf(row);
    if (verdicts[code] === ABSENT) verdicts[code] = holds(code) ? PASSES : FAILS;
    return verdicts[code] === PASSES;
  };
}

/** @param only the texts that hold, where these are known */
function columnTest(
  slice: SpanSlice,
  column: SpanColumn,
  holds: (text: string) => boolean,
  only: readonly string[] | undefined,
): RowTest {
  const { names, origins, forms } = slice;
  const ofOrigin = (field: 'service' | 'scopeName' | 'scopeVersion'): RowTest =>
    byCode(
      slice.originWords.size,
      (row) => origins.at(row),
      (code) => holds(slice.origin(code)[field]),
    );
  const ofForm = (field: 'kind' | 'status' | 'statusMessage'): RowTest =>
    byCode(
      slice.formWords.size,
      (row) => forms.at(row),
      (code) => holds(slice.form(code)[field]),
    );
  switch (column) {
    case 'ServiceName':
      if (only?.every((text) => slice.codeOfWord(text) < 0) === true) return NEVER;
      return ofOrigin('service');
    case 'ScopeName':
      return ofOrigin('scopeName');
    case 'ScopeVersion':
      return ofOrigin('scopeVersion');
    case 'SpanKind':
      return ofForm('kind');
    case 'StatusCode':
      return ofForm('status');
    case 'StatusMessage':
      return ofForm('statusMessage');
    case 'SpanName':
      if (only?.every((text) => slice.codeOfWord(text) < 0) === true) return NEVER;
      return byCode(
        slice.texts.size,
        (row) => names.at(row),
        (code) => holds(slice.word(code)),
      );
    case 'TraceId':
      return byCode(
        slice.traces.size,
        (row) => slice.traceOf[row] as number,
        (trace) => holds(traceIdAt(slice, slice.traces.lastRows[trace] as number)),
      );
    case 'SpanId':
      return (row) => holds(spanIdAt(slice, row));
    case 'ParentSpanId':
      if (only?.length === 1 && only[0] === '') return (row) => isRoot(slice, row);
      return (row) => holds(parentIdAt(slice, row));
  }
}

/** Whether a row's span has no parent. */
export function isRoot({ parentIds, oddParentIds }: SpanSlice, row: number): boolean {
  return parentIds[row * 2] === 0 && parentIds[row * 2 + 1] === 0 && !oddParentIds.has(row);
}

/** What a row has of an attribute. */
const ABSENT = 0;
const PASSES = 1;
const FAILS = 2;
/** Of a pair: it is another attribute's. */
const OTHER = 3;
/** What the rows of a slice have of it. */
interface AttributeStates {
  readonly stateOf: (row: number) => number;
  /** Whether any may pass. */
  readonly canPass: boolean;
  /** Those that pass, where they are few. */
  readonly passing?: ReadonlySet<number>;
}

const nowhere: AttributeStates = { stateOf: () => ABSENT, canPass: false };

function passes({ stateOf, canPass, passing }: AttributeStates): RowTest {
  if (!canPass) return NEVER;
  return passing === undefined ? (row) => stateOf(row) === PASSES : (row) => passing.has(row);
}

/** Rows of a slice that are looked for at most by where their pairs are. */
const FEW_ROWS = 256;
/** Letters of types of values that text tests look at. */
const LETTERS = ['s', 'i', 'd', 'b', 'j', 'o', 'y', 'n', ''];

/**
 * Of several attributes of one name the first counts, as in the engine's maps.
 * @param only the texts that hold, where these are known
 */
function spanAttribute(
  slice: SpanSlice,
  key: string,
  holds: ValueTest,
  only: readonly string[] | undefined,
): AttributeStates {
  const keyCode = slice.codeOfWord(key);
  if (keyCode < 0) return nowhere;
  const { pairTexts, pairs, pairEnds } = slice;
  const verdicts = new Uint8Array(pairTexts.size);
  const wanted: number[] = [];
  if (only !== undefined) {
    for (let code = 0; code < verdicts.length; code++)
      verdicts[code] = (pairTexts.tags[code] as number) >>> 8 === keyCode ? FAILS : OTHER;
    for (const text of only) {
      const bytes = Buffer.from(text);
      for (const letter of LETTERS) {
        const tag = keyCode * 256 + (letter === '' ? 0 : letter.charCodeAt(0));
        const code = pairTexts.find(tag, bytes, 0, bytes.length);
        if (code < 0 || !holds(text, letter || 's')) continue;
        verdicts[code] = PASSES;
        wanted.push(code);
      }
    }
  }
  const judge = (code: number): number => {
    const tag = pairTexts.tags[code] as number;
    if (tag >>> 8 !== keyCode) return OTHER;
    return holds(pairTexts.text(code), letterOf(tag) || 's') ? PASSES : FAILS;
  };
  const { values } = pairs;
  const stateOf = (row: number): number => {
    const end = pairEnds[row] as number;
    for (let i = row === 0 ? 0 : (pairEnds[row - 1] as number); i < end; i++) {
      const code = values[i] as number;
      if (verdicts[code] === ABSENT) verdicts[code] = judge(code);
      if (verdicts[code] !== OTHER) return verdicts[code] as number;
    }
    return ABSENT;
  };
  if (only === undefined) return { stateOf, canPass: true };
  const passing = fewRows(slice, wanted, (row) => stateOf(row) === PASSES);
  return { stateOf, canPass: wanted.length > 0, ...(passing === undefined ? {} : { passing }) };
}

/** The rows that have one of some pairs and pass a test; undefined where they are many, then rows are better tested one by one. */
function fewRows(slice: SpanSlice, codes: readonly number[], test: RowTest): ReadonlySet<number> | undefined {
  const { pairs, pairEnds } = slice;
  const values = pairs.values.subarray(0, pairs.rows);
  const rows = new Set<number>();
  for (const code of codes) {
    for (let at = values.indexOf(code), hits = 0; at >= 0; at = values.indexOf(code, at + 1)) {
      if (++hits > FEW_ROWS) return undefined;
      const row = rowOfPair(pairEnds, slice.rows, at);
      if (test(row)) rows.add(row);
    }
  }
  return rows;
}

/** The row a pair belongs to: the first that ends behind it. */
function rowOfPair(pairEnds: Uint32Array, rows: number, at: number): number {
  let [low, high] = [0, rows - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairEnds[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The state of each origin, found once. */
function byOrigin(slice: SpanSlice, stateOf: (code: number) => number): AttributeStates {
  const { origins } = slice;
  const states = Uint8Array.from({ length: slice.originWords.size }, (_, code) => stateOf(code));
  return { stateOf: (row) => states[origins.at(row)] as number, canPass: states.includes(PASSES) };
}

function resourceAttribute(slice: SpanSlice, key: string, holds: ValueTest): AttributeStates {
  if (slice.codeOfWord(key) < 0) return nowhere;
  return byOrigin(slice, (code) => {
    const { pairs, types } = slice.origin(code).resource;
    for (let i = 0; i < pairs.length; i += 2)
      if (pairs[i] === key) return holds(pairs[i + 1] as string, types[i / 2] ?? 's') ? PASSES : FAILS;
    return ABSENT;
  });
}

/** As TraceQL has it: the service's name is the column of it. */
function resourceField(slice: SpanSlice, key: string, holds: ValueTest): AttributeStates {
  if (key !== 'service.name') return resourceAttribute(slice, key, holds);
  return byOrigin(slice, (code) => {
    const { service } = slice.origin(code);
    return service === '' ? ABSENT : holds(service, 's') ? PASSES : FAILS;
  });
}

/** Letters of values whose text is not the value that is compared: arrays, what JSON cannot tell, names without a value. */
const UNSURE = 'jon';

function hasUnsurePair(slice: SpanSlice, key: string): boolean {
  const keyCode = slice.codeOfWord(key);
  const { tags, size } = slice.pairTexts;
  for (let code = 0; code < size; code++) {
    const tag = tags[code] as number;
    if (tag >>> 8 === keyCode && UNSURE.includes(letterOf(tag) || 's')) return true;
  }
  return false;
}

/** Whether the columns alone do not tell what a row has for a field (renderUnsure in span_fields.ts). */
function unsureTest(slice: SpanSlice, field: SpanField): RowTest {
  if (field.kind !== 'attribute') return NEVER;
  const { scope, key } = field;
  const isUnsure: ValueTest = (_, letter) => UNSURE.includes(letter);
  const parts: RowTest[] = [];
  if (scope !== 'resource' && hasUnsurePair(slice, key))
    parts.push(passes(spanAttribute(slice, key, isUnsure, undefined)));
  if (scope !== 'span') parts.push(passes(resourceAttribute(slice, key, isUnsure)));
  if (scope !== 'span' && key === 'service.name' && hasNamelessService(slice))
    parts.push(columnTest(slice, 'ServiceName', (service) => service === '', undefined));
  if (scope === 'any') parts.push(nestedTest(slice, key));
  return either(parts);
}

function hasNamelessService(slice: SpanSlice): boolean {
  for (let code = 0; code < slice.originWords.size; code++) if (slice.origin(code).service === '') return true;
  return false;
}

/** Whether an attribute of a row's events, links or instrumentation scope has a name. */
function nestedTest(slice: SpanSlice, key: string): RowTest {
  const keyCode = slice.codeOfWord(key);
  if (!slice.nestedKeys.has(keyCode)) return NEVER;
  const { tags } = slice.pairTexts;
  const ofScope = byCode(
    slice.originWords.size,
    (row) => slice.origins.at(row),
    (code) => slice.origin(code).scopeAttributes.pairs.some((text, i) => i % 2 === 0 && text === key),
  );
  return (row) => {
    let found = ofScope(row);
    eachNestedPair(slice, row, (pair) => {
      found ||= (tags[pair] as number) >>> 8 === keyCode;
    });
    return found;
  };
}
