import { RE2JS } from 're2js';
import type { Block, Column } from '../native/columns.ts';
import { columnOf } from './logs.ts';
import type { SpanField } from './span_fields.ts';
import type { SpanPredicate, SpanTest } from './span_predicate.ts';
import { bigints, textReader } from './text_columns.ts';

/** Whether a row may satisfy what was asked. */
export type RowTest = (row: number) => boolean;

interface Compiled {
  readonly test: RowTest;
  /** Whether the test is the predicate itself; otherwise it lets more rows through. */
  readonly isExact: boolean;
}

const ANYTHING: Compiled = { test: () => true, isExact: false };

/**
 * A span predicate as a test on the rows of a block that is in memory, for those that are not in the store yet. It lets
 * through every row that the store's rendering of the predicate does; whole traces are evaluated after it.
 */
export function spanTest(predicate: SpanPredicate, block: Block): RowTest {
  return compile(predicate, block).test;
}

function compile(predicate: SpanPredicate, block: Block): Compiled {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      const parts = predicate.parts.map((part) => compile(part, block));
      const tests = parts.map(({ test }) => test);
      const isExact = parts.every((part) => part.isExact);
      return predicate.kind === 'and'
        ? { test: (row) => tests.every((test) => test(row)), isExact }
        : { test: (row) => tests.some((test) => test(row)), isExact };
    }
    case 'not': {
      const { test, isExact } = compile(predicate.part, block);
      return isExact ? { test: (row) => !test(row), isExact } : ANYTHING;
    }
    case 'column':
      return { test: textTest(columnOf(block, predicate.column), valueTest(predicate.test)), isExact: true };
    case 'duration': {
      const durations = bigints(columnOf(block, 'Duration'));
      const holds = COMPARE[predicate.operator];
      const ns = Math.max(0, Math.round(predicate.ns));
      return { test: (row) => holds(Number(durations[row] ?? 0n), ns), isExact: true };
    }
    case 'attribute': {
      const maps = predicate.scope === 'any' ? ['span', 'resource'] : [predicate.scope];
      const tests = maps.map((scope) =>
        attributeTest(columnOf(block, scope === 'span' ? 'SpanAttributes' : 'ResourceAttributes'), predicate),
      );
      return { test: (row) => tests.some((test) => test(row)), isExact: true };
    }
    case 'unsure':
      return { test: unsureTest(predicate.fields, block), isExact: false };
    default:
      return ANYTHING;
  }
}

const COMPARE: Readonly<Record<'=' | '!=' | '>' | '>=' | '<' | '<=', (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** What the engine's toFloat64OrNull reads as a number. */
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;

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

/** A test of a text column; of a dictionary every word is judged once. */
function textTest(column: Column, holds: (text: string) => boolean): RowTest {
  const text = textReader(column);
  if (column.kind !== 'dictionary') return (row) => holds(text(row));
  const word = textReader(column.keys);
  const verdicts: (boolean | undefined)[] = [];
  return (row) => {
    const index = column.indexes[row] ?? 0;
    verdicts[index] ??= holds(word(index));
    return verdicts[index];
  };
}

/** Of several attributes of one name the first counts, as in the engine's maps. */
function attributeTest(column: Column, { key, test }: Extract<SpanPredicate, { readonly kind: 'attribute' }>): RowTest {
  if (column.kind !== 'map' || column.keys.kind !== 'dictionary') return () => true;
  const { offsets, values, keys } = column;
  const wanted = wordsOf(keys.keys).get(key);
  if (wanted === undefined) return () => false;
  const holds = test.kind === 'exists' ? () => true : entryTest(values, test);
  return (row) => {
    const end = offsets[row] ?? 0;
    for (let i = row === 0 ? 0 : (offsets[row - 1] ?? 0); i < end; i++) {
      if (keys.indexes[i] === wanted) return holds(i);
    }
    return false;
  };
}

/** As renderUnsure, of rows in memory; what lies in events, links and scopes is found by name alone. */
function unsureTest(fields: readonly SpanField[], block: Block): RowTest {
  const tests = fields.flatMap((field): RowTest[] => {
    if (field.kind !== 'attribute') return [];
    const { scope, key } = field;
    const scopes = scope === 'any' ? (['Span', 'Resource'] as const) : [scope === 'span' ? 'Span' : 'Resource'];
    const typed = scopes.map((of) =>
      letterTest(columnOf(block, `${of}Attributes`), columnOf(block, `${of}AttributeTypes`), key),
    );
    const known = ['Events.Attributes', 'Links.Attributes', 'ScopeAttributes'].some((name) =>
      hasKey(columnOf(block, name), key),
    );
    return scope === 'any' && known ? [() => true] : typed;
  });
  return (row) => tests.some((test) => test(row));
}

function hasKey(column: Column, key: string): boolean {
  const maps = column.kind === 'array' ? column.values : column;
  if (maps.kind !== 'map' || maps.keys.kind !== 'dictionary') return true;
  return wordsOf(maps.keys.keys).has(key);
}

/** Whether an attribute has one of the types that text does not tell (j, o, n). */
function letterTest(column: Column, types: Column, key: string): RowTest {
  if (column.kind !== 'map' || column.keys.kind !== 'dictionary') return () => true;
  const { offsets, keys } = column;
  const wanted = wordsOf(keys.keys).get(key);
  if (wanted === undefined) return () => false;
  const letters = textReader(types);
  return (row) => {
    const start = row === 0 ? 0 : (offsets[row - 1] ?? 0);
    for (let i = start; i < (offsets[row] ?? 0); i++)
      if (keys.indexes[i] === wanted) return 'jon'.includes(letters(row)[i - start] ?? 's');
    return false;
  };
}

/** Equality compares bytes: no text is made of values that differ. */
function entryTest(values: Column, test: SpanTest): RowTest {
  if (test.kind !== 'in' || values.kind !== 'string') return textTest(values, valueTest(test));
  const { bytes, offsets } = values;
  const wanted = test.values.map((value) => Buffer.from(value));
  return (i) => {
    const start = offsets[i] ?? 0;
    const end = offsets[i + 1] ?? 0;
    return wanted.some((value) => value.length === end - start && value.compare(bytes, start, end) === 0);
  };
}

const knownWords = new WeakMap<Column, ReadonlyMap<string, number>>();

/** The words of a dictionary by text. */
function wordsOf(words: Extract<Column, { readonly kind: 'string' | 'strings' }>): ReadonlyMap<string, number> {
  const known = knownWords.get(words);
  if (known !== undefined) return known;
  const text = textReader(words);
  const count = words.kind === 'string' ? words.offsets.length - 1 : words.values.length;
  const numbers = new Map(Array.from({ length: count }, (_, i) => [text(i), i]));
  knownWords.set(words, numbers);
  return numbers;
}
