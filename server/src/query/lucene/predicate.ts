import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Labels } from '../../model/labels.ts';
import { labelValue } from '../../model/labels.ts';
import { timeOfRecordId } from '../../model/record_id.ts';
import { ALWAYS, type LogColumn, type LogPredicate, type TextTest, wordPattern } from '../../store/index.ts';
import { levelPredicate, streamsPredicate } from '../logql/push_matchers.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';
import { canonicalId } from '../logql/vocabulary.ts';
import type { TimeRange } from '../series_index.ts';
import {
  type Condition,
  LuceneError,
  literalWildcard,
  patternOfWord,
  type ValueTest,
  wildcardPattern,
} from './condition.ts';
import { placeOfField } from './fields.ts';
import { indexNameOf } from './index_names.ts';

/** What a condition is planned against. */
export interface PlanContext {
  readonly index: LogStreamIndex;
  readonly range: TimeRange;
  /** References of every stream that may have records in the range. */
  readonly streams: Uint32Array;
}

const NOWHERE = { start: 0, end: 0 };
const FOREVER_NS = 9_223_372_036_000_000_000n;
const NEVER: LogPredicate = { kind: 'or', parts: [] };
const MAX_PATTERN_CHARACTERS = 4096;
const MAX_MADE_IDS = 1_000;
/** More values are not looked for in lists: the pattern for them would be too long. */
const MAX_LISTED_VALUES = 16;

/** A condition as a predicate of the store, which holds for exactly its records. Throws LuceneError. */
export function planCondition(condition: Condition, context: PlanContext): LogPredicate {
  switch (condition.kind) {
    case 'all':
      return ALWAYS;
    case 'none':
      return NEVER;
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.parts.map((part) => planCondition(part, context)) };
    case 'not':
      return { kind: 'not', part: planCondition(condition.part, context) };
    case 'time':
      return { kind: 'time', startNs: condition.startNs ?? 0n, endNs: condition.endNs ?? FOREVER_NS };
    case 'ids':
      return idsPredicate(condition.ids);
    case 'field':
      return planField(condition.field, condition.test, context);
  }
}

/** The streams that satisfy a test on a text made of their labels. */
export function streamsWith(test: (labels: Labels) => boolean, { index, streams }: PlanContext): LogPredicate {
  const found = Array.from(streams).filter((reference) => test(index.labels(reference)));
  if (found.length === streams.length) return ALWAYS;
  return found.length === 0 ? NEVER : streamsPredicate(found, index);
}

function planField(field: string, test: ValueTest, context: PlanContext): LogPredicate {
  const place = placeOfField(field);
  switch (place.kind) {
    case 'time':
      return test.kind === 'present' ? ALWAYS : NEVER;
    case 'line':
      return column('Body', field.endsWith('.keyword') ? test : wordTest(test));
    case 'index': {
      const holds = valueTest(test);
      return streamsWith((labels) => holds(indexNameOf(labels)), context);
    }
    case 'id':
      return test.kind === 'equals' ? idsPredicate(test.values) : anyId(test);
    case 'level':
      return level(field, test);
    case 'service':
      return column('ServiceName', test);
    case 'column':
      return column(place.column, canonical(place.column, test));
    case 'attribute': {
      const holds = valueTest(test);
      const ofStreams = streamsWith((labels) => place.labels.some((name) => holds(labelValue(labels, name))), context);
      const text = textTest(test);
      const parts = place.names.map(
        (name): LogPredicate => present(test, { kind: 'field', field: { name }, test: text }),
      );
      if (test.kind === 'equals' && test.values.length <= MAX_LISTED_VALUES)
        for (const name of place.names) parts.push({ kind: 'field', field: { name }, test: listTest(test.values) });
      return { kind: 'or', parts: [...(ofStreams === NEVER ? [] : [ofStreams]), ...parts] };
    }
  }
}

/** In text a wildcard and a pattern are about a word of it, whatever its case. */
function wordTest(test: ValueTest): ValueTest {
  if (test.kind !== 'wildcard' && test.kind !== 'pattern') return test;
  const word = test.kind === 'wildcard' ? wildcardPattern(test, '\\S') : test.pattern;
  return { kind: 'pattern', pattern: patternOfWord(word) };
}

/** Whether one of the values is in a list, which is kept as its JSON. */
function listTest(values: readonly string[]): TextTest {
  const items = values.flatMap((value) => [JSON.stringify(value), value]).map((text) => wildcardPattern(literal(text)));
  return { kind: 'regex', pattern: `^\\[(?s:.*,)?(?:${items.join('|')})(?s:,.*)?\\]$` };
}

function literal(text: string): { readonly wildcard: string; readonly ignoreCase: boolean } {
  return { wildcard: literalWildcard(text), ignoreCase: false };
}

function column(name: LogColumn, test: ValueTest): LogPredicate {
  return present(test, { kind: 'column', column: name, test: textTest(test) });
}

/** Presence is tested as the empty text, turned round. */
function present(test: ValueTest, part: LogPredicate): LogPredicate {
  return test.kind === 'present' ? { kind: 'not', part } : part;
}

function canonical(name: LogColumn, test: ValueTest): ValueTest {
  if (test.kind === 'word') return { kind: 'equals', values: [canonicalId(name, test.word)] };
  return test.kind === 'equals'
    ? { kind: 'equals', values: test.values.map((value) => canonicalId(name, value)) }
    : test;
}

/** Levels are meant under any of their spellings. */
function level(name: string, test: ValueTest): LogPredicate {
  const matcher = (operator: '=' | '=~', value: string): LogPredicate =>
    levelPredicate({ name, operator, value, span: NOWHERE });
  switch (test.kind) {
    case 'present':
      return column('SeverityText', test);
    case 'equals':
      return { kind: 'or', parts: test.values.map((value) => matcher('=', value)) };
    case 'word':
      return matcher('=', test.word);
    case 'pattern':
    case 'wildcard': {
      const pattern = patternOf(test);
      compiled(pattern);
      return matcher('=~', pattern);
    }
    case 'compare':
      return column('SeverityText', test);
  }
}

/** Records by id: one the sender chose is an attribute, one that was made says the record's time. */
function idsPredicate(ids: readonly string[]): LogPredicate {
  const times = ids.flatMap((id) => timeOfRecordId(id) ?? []);
  if (times.length > MAX_MADE_IDS) throw new LuceneError(`more than ${MAX_MADE_IDS} ids in one query`);
  const own: LogPredicate = { kind: 'field', field: { name: '_id' }, test: { kind: 'in', values: ids } };
  // Which of the records of that time it is, is told by the reader of hits: the hash of a line is not in the store.
  return {
    kind: 'or',
    parts: [own, ...times.map((ns): LogPredicate => ({ kind: 'time', startNs: ns, endNs: ns + 1n }))],
  };
}

function anyId(test: ValueTest): LogPredicate {
  return test.kind === 'present' ? ALWAYS : { kind: 'field', field: { name: '_id' }, test: textTest(test) };
}

function textTest(test: ValueTest): TextTest {
  switch (test.kind) {
    case 'equals':
      return { kind: 'in', values: test.values };
    case 'pattern':
    case 'wildcard': {
      const pattern = patternOf(test);
      compiled(pattern);
      return { kind: 'regex', pattern: `^(?s:${pattern})$` };
    }
    case 'present':
      return { kind: 'in', values: [''] };
    default:
      return test;
  }
}

/** The same test over a value in memory; the empty text is no value. */
function valueTest(test: ValueTest): (value: string) => boolean {
  switch (test.kind) {
    case 'equals':
      return (value) => value !== '' && test.values.includes(value);
    case 'word': {
      const pattern = RE2JS.compile(wordPattern(test.word));
      return (value) => value !== '' && pattern.matcher(value).find();
    }
    case 'pattern':
    case 'wildcard': {
      const pattern = compiled(patternOf(test));
      return (value) => value !== '' && pattern.matcher(value).matches();
    }
    case 'compare':
      return (value) => value !== '' && compares(value, test.operator, test.value);
    case 'present':
      return (value) => value !== '';
  }
}

function patternOf(test: Extract<ValueTest, { kind: 'pattern' | 'wildcard' }>): string {
  return test.kind === 'pattern' ? test.pattern : wildcardPattern(test);
}

function compares(text: string, operator: '<' | '<=' | '>' | '>=', bound: number | string): boolean {
  const value = typeof bound === 'number' ? Number(text) : text;
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}

function compiled(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN_CHARACTERS)
    throw new LuceneError(`a pattern of more than ${MAX_PATTERN_CHARACTERS} characters`);
  try {
    return RE2JS.compile(`(?s:${pattern})`);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new LuceneError(`failed to parse the pattern [${pattern.slice(0, 200)}]: ${error.message}`, { cause: error });
  }
}
