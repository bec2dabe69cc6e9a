import type { LabelFilter, LabelMatcher, LineFilterStage, Stage } from '@trilith/lang/logql';
import type { LogPredicate } from '../../store/index.ts';
import type { TimeRange } from '../series_index.ts';
import { compileMatcher, isNegative, positiveOf } from './label_filter.ts';
import { levelPredicate, negateIf, textTest } from './push_matchers.ts';
import { literalAlternatives } from './regex.ts';
import type { LogStreamIndex } from './stream_index.ts';
import { canonicalId, classOfName, severitiesMatching } from './vocabulary.ts';

/**
 * What of a pipeline the store can decide. The predicate never drops a record that the pipeline keeps; with `exact` it
 * keeps none that the pipeline drops either, and no stage changes labels or line, so the pipeline need not run.
 */
export interface FilterPlan {
  readonly predicate: readonly LogPredicate[];
  readonly exact: boolean;
}

/** Line filters and label filters up to the first stage that changes the record; later ones see other labels or lines. */
export function planStages(stages: readonly Stage[], index: LogStreamIndex, range: TimeRange): FilterPlan {
  const parts: LogPredicate[] = [];
  let exact = true;
  let parsed = false;
  let rewritten = false;
  // Whether labels may hold text that is neither in the record nor in its line.
  let made = false;
  for (const stage of stages) {
    if (stage.kind === 'line_filter') {
      const pushed = rewritten ? undefined : linePredicate(stage);
      if (pushed === undefined) exact = false;
      else parts.push(pushed);
    } else if (stage.kind === 'label_filter') {
      const pushed = parsed ? undefined : filterPredicate(stage.filter, index, range);
      const hint = pushed === undefined && !made ? necessaryPredicate(stage.filter, index, range) : pushed;
      exact &&= pushed !== undefined;
      if (hint !== undefined) parts.push(hint);
    } else {
      exact = false;
      parsed = true;
      rewritten ||= stage.kind === 'line_format' || stage.kind === 'unpack' || stage.kind === 'decolorize';
      made ||= rewritten || stage.kind === 'label_format';
    }
  }
  return { predicate: parts, exact };
}

/** Line filters as predicates on the line; addresses and patterns stay behind. */
function linePredicate(stage: LineFilterStage): LogPredicate | undefined {
  if (stage.needles.some((needle) => needle.ip)) return undefined;
  if (stage.operator === '|>' || stage.operator === '!>') return undefined;
  const regex = stage.operator === '|~' || stage.operator === '!~';
  const parts = stage.needles.flatMap(({ value }): LogPredicate[] => {
    if (!regex)
      return value === ''
        ? [{ kind: 'and', parts: [] }]
        : [{ kind: 'column', column: 'Body', test: { kind: 'contains', needle: value } }];
    const literals = literalAlternatives(value);
    if (literals?.every((literal) => literal !== '')) {
      return literals.map((needle) => ({ kind: 'column', column: 'Body', test: { kind: 'contains', needle } }));
    }
    // The engine lets `.` match newlines unless told not to.
    return [{ kind: 'column', column: 'Body', test: { kind: 'regex', pattern: `(?-s)${value}` } }];
  });
  const [only] = parts;
  const any: LogPredicate = only !== undefined && parts.length === 1 ? only : { kind: 'or', parts };
  return negateIf(!stage.operator.startsWith('|'), any);
}

/** A matcher on a record whose stream has no such label. */
function ownPredicate(matcher: LabelMatcher, kind: 'service' | 'level' | 'other'): LogPredicate {
  if (kind === 'level') return levelPredicate(matcher);
  const test = textTest(matcher);
  const part: LogPredicate =
    kind === 'service'
      ? { kind: 'column', column: 'ServiceName', test }
      : { kind: 'field', field: { name: matcher.name }, test };
  return negateIf(isNegative(matcher), part);
}

/** A label filter before any parser; undefined when the store cannot decide it exactly. */
function filterPredicate(filter: LabelFilter, index: LogStreamIndex, range: TimeRange): LogPredicate | undefined {
  if (filter.kind === 'and' || filter.kind === 'or') {
    const left = filterPredicate(filter.left, index, range);
    const right = filterPredicate(filter.right, index, range);
    return left === undefined || right === undefined ? undefined : { kind: filter.kind, parts: [left, right] };
  }
  if (filter.kind !== 'match') return undefined;
  const { matcher } = filter;
  if (matcher.name.startsWith('__')) return undefined;
  const name = classOfName(matcher.name);
  if (name.kind === 'id') {
    const test = textTest(matcher, (value) => canonicalId(name.column, value));
    return negateIf(isNegative(matcher), { kind: 'column', column: name.column, test });
  }
  if (name.kind === 'level' && severitiesMatching(compileMatcher(positiveOf(matcher))).length > 0)
    return levelPredicate(matcher);
  if (name.kind === 'level' && index.hasLabel(matcher.name)) return undefined;
  const own = ownPredicate(matcher, name.kind);
  if (!index.hasLabel(matcher.name)) return own;
  const having = { name: matcher.name, operator: '!=', value: '' } as const;
  const labelled = index.select([having], range);
  if (labelled.length === 0) return own;
  if (labelled.length > 5_000) return undefined;
  const passing = new Set(index.select([having, matcher], range));
  const ids = [...labelled].map((reference) => index.id(reference));
  const passingIds = [...labelled]
    .filter((reference) => passing.has(reference))
    .map((reference) => index.id(reference));
  return {
    kind: 'or',
    parts: [
      { kind: 'streams', ids: passingIds },
      { kind: 'and', parts: [{ kind: 'not', part: { kind: 'streams', ids } }, own] },
    ],
  };
}

/** Values that stand in a line as they are: nothing in them is ever written with an escape but in the form \\u00xx. */
const PLAIN = /^[A-Za-z0-9]+$/;

/**
 * What a label filter behind parsers needs of a record: a value that is asked for stands in the line (or in an escape), or
 * the record has it without parsing. Undefined where nothing can be said.
 */
function necessaryPredicate(filter: LabelFilter, index: LogStreamIndex, range: TimeRange): LogPredicate | undefined {
  if (filter.kind === 'and' || filter.kind === 'or') {
    const parts = [filter.left, filter.right].map((side) => necessaryPredicate(side, index, range));
    const known = parts.filter((part) => part !== undefined);
    if (filter.kind === 'or') return known.length === 2 ? { kind: 'or', parts: known } : undefined;
    return known.length === 0 ? undefined : { kind: 'and', parts: known };
  }
  if (filter.kind !== 'match' || filter.matcher.operator !== '=' || !PLAIN.test(filter.matcher.value)) return undefined;
  const own = filterPredicate(filter, index, range);
  if (own === undefined) return undefined;
  const inLine = [filter.matcher.value, '\\u00'].map(
    (needle): LogPredicate => ({ kind: 'column', column: 'Body', test: { kind: 'contains', needle } }),
  );
  return { kind: 'or', parts: [...inLine, own] };
}
