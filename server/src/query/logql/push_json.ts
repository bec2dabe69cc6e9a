import type { Grouping, LabelMatcher, Stage } from '@trilith/lang/logql';
import type { LogGroupKey, LogPredicate } from '../../store/index.ts';
import type { TimeRange } from '../series_index.ts';
import { compileMatcher, isNegative, positiveOf } from './label_filter.ts';
import { planStages } from './push_filters.ts';
import { levelPredicate, negateIf, textTest } from './push_matchers.ts';
import type { LogStreamIndex } from './stream_index.ts';
import { classOfName, severitiesMatching } from './vocabulary.ts';

/** Counting behind `| json` in the store. */
export interface JsonPlan {
  /** Holds for lines that the store reads as the parser does; the others are for the parser. */
  readonly flat: LogPredicate;
  /** What all must hold for those of these lines that the pipeline keeps. */
  readonly kept: readonly LogPredicate[];
  /** What comes before the parser. */
  readonly before: readonly LogPredicate[];
  /** How to group by each name of the grouping. */
  readonly keys: ReadonlyMap<string, readonly LogGroupKey[]>;
}

/** A label name that only one spelling of a key can become, or several that differ in what stands for `_`. */
const NAME = /^(?:[A-Za-z]|_(?![0-9]))[A-Za-z0-9_]*$/;

/**
 * Plans `line and label filters | json | label filters`, grouped by names that no stream label has; undefined for anything
 * else.
 */
export function planJson(
  stages: readonly Stage[],
  grouping: Grouping | undefined,
  index: LogStreamIndex,
  range: TimeRange,
): JsonPlan | undefined {
  const at = stages.findIndex((stage) => stage.kind === 'json');
  const parser = stages[at];
  if (parser?.kind !== 'json' || parser.extractions.length > 0 || grouping?.without === true) return undefined;
  const before = planStages(stages.slice(0, at), index, range);
  if (!before.exact) return undefined;
  const names = new Set<string>();
  const kept: LogPredicate[] = [];
  for (const stage of stages.slice(at + 1)) {
    const part = stagePredicate(stage, names);
    if (part === undefined) return undefined;
    kept.push(...part);
  }
  const keys = new Map<string, readonly LogGroupKey[]>();
  for (const name of grouping?.labels ?? []) {
    names.add(name);
    keys.set(name, keysOfName(name));
  }
  if (![...names].every((name) => NAME.test(name) && !index.hasLabel(name) && classOfName(name).kind !== 'service')) {
    return undefined;
  }
  return {
    flat: { kind: 'flat_json', names: [...names] },
    kept,
    before: before.predicate,
    keys,
  };
}

function keysOfName(name: string): readonly LogGroupKey[] {
  const kind = classOfName(name);
  if (kind.kind === 'level') return [{ kind: 'severity' }, { kind: 'field', field: { name, json: 'alone' } }];
  const column = kind.kind === 'id' ? { column: kind.column } : {};
  return [{ kind: 'field', field: { name, json: 'first', ...column } }];
}

/** What must hold for lines that were parsed without an error and that a stage behind the parser keeps; undefined when SQL cannot say. */
function stagePredicate(stage: Stage, names: Set<string>): readonly LogPredicate[] | undefined {
  if (stage.kind === 'drop') {
    const errorsOnly = stage.items.every(({ name, matcher }) => name.startsWith('__error') && matcher === undefined);
    return errorsOnly ? [] : undefined;
  }
  if (stage.kind !== 'label_filter' || stage.filter.kind !== 'match') return undefined;
  const { matcher } = stage.filter;
  if (matcher.name === '__error__') return matcher.operator === '=' && matcher.value === '' ? [] : undefined;
  names.add(matcher.name);
  const holds = matcherPredicate(matcher);
  return holds === undefined ? undefined : [holds];
}

function matcherPredicate(matcher: LabelMatcher): LogPredicate | undefined {
  const { kind } = classOfName(matcher.name);
  if (kind !== 'level' && kind !== 'other') return undefined;
  const test = textTest(matcher);
  const inLine = kind === 'level' ? 'alone' : 'first';
  const own: LogPredicate = { kind: 'field', field: { name: matcher.name, json: inLine }, test };
  if (kind === 'other') return negateIf(isNegative(matcher), own);
  const positive = positiveOf(matcher);
  const holds = compileMatcher(positive);
  // An absent level is no value of the parser's: it must not match as an empty one would.
  if (severitiesMatching(holds).length === 0 || holds('')) return undefined;
  const stored = levelPredicate({ ...matcher, ...positive });
  return negateIf(isNegative(matcher), { kind: 'or', parts: [stored, own] });
}
