import type { NsRange, SpanColumn, SpanField, SpanPredicate, TypedTest } from '../../store/index.ts';
import { ABSENT, nowhere, PASSES, passes, resourceAttribute, resourceField, spanAttribute } from './attribute_tests.ts';
import { ALWAYS, both, byCode, either, NEVER, type RowTest } from './row_tests.ts';
import { UNSURE, unsureKeys } from './slice_keys.ts';
import { eachNestedPair, parentIdAt, spanIdAt, traceIdAt } from './slice_spans.ts';
import { type SpanSlice, ZONE_ROWS } from './span_slice.ts';
import { textTest, typedTest, type ValueTest, valueTest } from './value_tests.ts';
import { zoneCoverage } from './zone_test.ts';

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

/** Rows that begin in a range, ns, half open. */
function withinTest(slice: SpanSlice, { startNs, endNs }: NsRange): RowTest {
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
  if (isInside(slice, { startNs, endNs })) return ALWAYS;
  if (isBehind === NEVER) return starts;
  return (row) => starts(row) && !isBehind(row);
}

/** Whether all spans of a slice surely begin in a range. */
function isInside(slice: SpanSlice, range: NsRange): boolean {
  const coverageOf = zoneCoverage(slice, range);
  for (let zone = 0; zone * ZONE_ROWS < slice.rows; zone++) if (coverageOf(zone) !== 'all') return false;
  return true;
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
  const { value } = test;
  switch (test.operator) {
    case '>':
      return (row) => (durations[row] as number) > value;
    case '>=':
      return (row) => (durations[row] as number) >= value;
    case '<':
      return (row) => (durations[row] as number) < value;
    case '<=':
      return (row) => (durations[row] as number) <= value;
    case '=':
      return (row) => durations[row] === value;
    case '!=':
      return (row) => durations[row] !== value;
  }
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
    byCode(origins.values, slice.originWords.size, (code) => holds(slice.origin(code)[field]));
  const ofForm = (field: 'kind' | 'status' | 'statusMessage'): RowTest =>
    byCode(forms.values, slice.formWords.size, (code) => holds(slice.form(code)[field]));
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
      return byCode(names.values, slice.texts.size, (code) => holds(slice.word(code)));
    case 'TraceId':
      return byCode(slice.traceOf, slice.traces.size, (trace) =>
        holds(traceIdAt(slice, slice.traces.lastRows[trace] as number)),
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

/** Whether the columns alone do not tell what a row has for a field (renderUnsure in span_fields.ts). */
function unsureTest(slice: SpanSlice, field: SpanField): RowTest {
  if (field.kind !== 'attribute') return NEVER;
  const { scope, key } = field;
  const isUnsure: ValueTest = (_, letter) => UNSURE.includes(letter);
  const parts: RowTest[] = [];
  if (scope !== 'resource' && unsureKeys(slice).has(slice.codeOfWord(key)))
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
  const ofScope = byCode(slice.origins.values, slice.originWords.size, (code) =>
    slice.origin(code).scopeAttributes.pairs.some((text, i) => i % 2 === 0 && text === key),
  );
  return (row) => {
    let found = ofScope(row);
    eachNestedPair(slice, row, (pair) => {
      found ||= (tags[pair] as number) >>> 8 === keyCode;
    });
    return found;
  };
}
