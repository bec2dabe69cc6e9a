import type { LabelMatcher } from '@trilith/lang/logql';
import { ALWAYS, type LogPredicate, type TextTest } from '../../store/index.ts';
import type { TimeRange } from '../series_index.ts';
import { compileMatcher, isNegative, positiveOf } from './label_filter.ts';
import { literalAlternatives } from './regex.ts';
import { type LogStreamIndex, SERVICE_KEY } from './stream_index.ts';
import { canonicalId, classOfName, severitiesMatching } from './vocabulary.ts';

/** How many stream ids a statement may carry. Beyond it the whole table is read and streams are told apart here. */
const MAX_IDS = 20_000;
const MAX_SERVICES = 200;

/** What a selector comes to: a predicate that holds exactly for its records, if `exact`, and the streams it may touch. */
export interface SelectorPlan {
  readonly predicate: LogPredicate;
  readonly exact: boolean;
  /** References of the streams that can have matching records. */
  readonly streams: Uint32Array;
}

/** A matcher's verdict on streams, and what is left to ask of each record of the undecided ones. */
interface Verdict {
  readonly passed: ReadonlySet<number>;
  readonly undecided: ReadonlySet<number>;
  readonly rest?: LogPredicate;
}

/** A matcher's operator and value as a test in the store, where the value is taken as it is. */
export function textTest(
  matcher: Pick<LabelMatcher, 'operator' | 'value'>,
  canonical: (v: string) => string = (v) => v,
): TextTest {
  if (matcher.operator === '=' || matcher.operator === '!=') return { kind: 'in', values: [canonical(matcher.value)] };
  const literals = literalAlternatives(matcher.value);
  if (literals !== undefined) return { kind: 'in', values: literals.map(canonical) };
  return { kind: 'regex', pattern: `^(?s:${matcher.value})$` };
}

export function negateIf(negative: boolean, part: LogPredicate): LogPredicate {
  return negative ? { kind: 'not', part } : part;
}

/** A predicate on SeverityText that holds where a level matcher does, under any spelling of the level. */
export function levelPredicate(matcher: LabelMatcher): LogPredicate {
  const negative = isNegative(matcher);
  const values = severitiesMatching(compileMatcher(positiveOf(matcher)));
  const part: LogPredicate =
    values.length === 0
      ? {
          kind: 'and',
          parts: [
            { kind: 'column', column: 'SeverityText', test: { kind: 'in', values: [''] } },
            { kind: 'field', field: { name: matcher.name }, test: textTest(matcher) },
          ],
        }
      : { kind: 'column', column: 'SeverityText', test: { kind: 'in', values } };
  return negateIf(negative, part);
}

function verdictOf(matcher: LabelMatcher, index: LogStreamIndex, range: TimeRange, all: Uint32Array): Verdict {
  const name = classOfName(matcher.name);
  const undecided = (without: Uint32Array, rest: LogPredicate, passed: Uint32Array): Verdict => ({
    passed: new Set(passed),
    undecided: new Set(without),
    rest,
  });
  const having = { name: matcher.name, operator: '!=', value: '' } as const;
  const lacking = { name: matcher.name, operator: '=', value: '' } as const;
  switch (name.kind) {
    case 'service': {
      const own = index.select([having, matcher], range);
      const derived = index.select([lacking, { ...matcher, name: SERVICE_KEY }], range);
      return { passed: new Set([...own, ...derived]), undecided: new Set() };
    }
    case 'level': {
      const own = index.select([having], range).filter((reference) => levelOfStream(matcher, index, reference));
      return undecided(index.select([lacking], range), levelPredicate(matcher), own);
    }
    case 'id': {
      const test = textTest(matcher, (value) => canonicalId(name.column, value));
      const rest = negateIf(isNegative(matcher), { kind: 'column', column: name.column, test });
      return undecided(all, rest, new Uint32Array(0));
    }
    case 'other': {
      if (index.hasLabel(matcher.name))
        return { passed: new Set(index.select([matcher], range)), undecided: new Set() };
      const rest = negateIf(isNegative(matcher), {
        kind: 'field',
        field: { name: matcher.name },
        test: textTest(matcher),
      });
      return undecided(all, rest, new Uint32Array(0));
    }
  }
}

/** Whether a stream's own level label satisfies a level matcher, as written or under another spelling. */
function levelOfStream(matcher: LabelMatcher, index: LogStreamIndex, reference: number): boolean {
  const labels = index.labels(reference);
  const at = labels.indexOf(matcher.name);
  const value = labels[at + 1] ?? '';
  const negative = isNegative(matcher);
  const positive = compileMatcher(positiveOf(matcher));
  const same = severitiesMatching((spelling) => spelling === value);
  const matches = positive(value) || severitiesMatching(positive).some((text) => text !== '' && same.includes(text));
  return matches !== negative;
}

/**
 * Chooses streams in memory and leaves to the store what only records know.
 * @param byService name services instead of their streams where all of them are chosen: records of a stream that is not
 *   indexed yet then count as if theirs was
 */
export function planSelector(
  matchers: readonly LabelMatcher[],
  index: LogStreamIndex,
  range: TimeRange,
  byService = false,
): SelectorPlan {
  const all = index.select([], range);
  const verdicts = matchers.map((matcher) => verdictOf(matcher, index, range, all));
  const groups = new Map<string, { references: number[]; rest: LogPredicate[] }>();
  const streams: number[] = [];
  for (const reference of all) {
    const open: number[] = [];
    const alive = verdicts.every((verdict, i) => {
      if (verdict.passed.has(reference)) return true;
      if (!verdict.undecided.has(reference)) return false;
      open.push(i);
      return true;
    });
    if (!alive) continue;
    streams.push(reference);
    const key = open.join();
    const group = groups.get(key) ?? { references: [], rest: open.flatMap((i) => verdicts[i]?.rest ?? []) };
    group.references.push(reference);
    groups.set(key, group);
  }
  const everything = streams.length === all.length;
  const exact = everything || streams.length <= MAX_IDS;
  const parts = [...groups.values()].map(({ references, rest }): LogPredicate => {
    const whole = everything && groups.size === 1;
    const services = byService ? wholeServices(references, all, index) : undefined;
    const chosen = services ?? streamsPredicate(references, index);
    return { kind: 'and', parts: [...(whole || !exact ? [] : [chosen]), ...rest] };
  });
  const predicate: LogPredicate = parts.length === 1 ? (parts[0] ?? ALWAYS) : { kind: 'or', parts };
  return { predicate, exact, streams: Uint32Array.from(streams) };
}

/** The services of streams, when all streams of these are among them. */
function wholeServices(
  references: readonly number[],
  all: Uint32Array,
  index: LogStreamIndex,
): LogPredicate | undefined {
  const services = new Set(references.map((reference) => index.service(reference)));
  if (services.size > MAX_SERVICES) return undefined;
  const streams = all.reduce((sum, reference) => sum + (services.has(index.service(reference)) ? 1 : 0), 0);
  return streams === references.length ? ofServices(services) : undefined;
}

function ofServices(services: ReadonlySet<string>): LogPredicate {
  return { kind: 'column', column: 'ServiceName', test: { kind: 'in', values: [...services] } };
}

/** Streams by id, and by service in front of it: the service is part of the table's key. */
export function streamsPredicate(references: readonly number[], index: LogStreamIndex): LogPredicate {
  const ids: LogPredicate = { kind: 'streams', ids: references.map((reference) => index.id(reference)) };
  const services = new Set(references.map((reference) => index.service(reference)));
  if (services.size > MAX_SERVICES) return ids;
  return { kind: 'and', parts: [ofServices(services), ids] };
}
