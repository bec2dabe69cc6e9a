import {
  durationMs,
  entries,
  fail,
  flag,
  isNull,
  list,
  record,
  text,
  texts,
  type YamlValue,
} from '../../base/yaml_reader.ts';
import { compileMatcher, goQuote, type LabelMatcher, MatcherError, sortMatchers } from '../matchers/matcher.ts';
import { isLabelName, parseMatchers } from '../matchers/parse.ts';
import type { InhibitRule, RouteConfig } from './types.ts';

const ROUTE_KEYS = [
  'receiver',
  'group_by',
  'match',
  'match_re',
  'matchers',
  'mute_time_intervals',
  'active_time_intervals',
  'continue',
  'routes',
  'group_wait',
  'group_interval',
  'repeat_interval',
];
/** Routes below one another at most. */
const MAX_DEPTH = 100;

/** A route and those below it. Throws ConfigFileError. */
export function readRoute(value: YamlValue, depth = 0): RouteConfig {
  if (depth > MAX_DEPTH) throw fail(value, `more than ${MAX_DEPTH} routes below one another`);
  const keys = record(value, ROUTE_KEYS);
  const duration = (name: string): number | undefined => {
    const at = keys.get(name);
    return at === undefined || isNull(at) ? undefined : durationMs(at, 0);
  };
  const [groupIntervalMs, repeatIntervalMs] = [duration('group_interval'), duration('repeat_interval')];
  if (groupIntervalMs === 0) throw fail(value, 'group_interval cannot be zero');
  if (repeatIntervalMs === 0) throw fail(value, 'repeat_interval cannot be zero');
  const receiver = keys.get('receiver');
  return {
    receiver: receiver === undefined ? '' : text(receiver),
    ...readGroupBy(keys.get('group_by')),
    matchers: readMatchers(keys, 'match', 'match_re', 'matchers'),
    continues: flag(keys.get('continue'), false),
    muteTimeIntervals: texts(keys.get('mute_time_intervals')),
    activeTimeIntervals: texts(keys.get('active_time_intervals')),
    groupWaitMs: duration('group_wait'),
    groupIntervalMs,
    repeatIntervalMs,
    routes: list(keys.get('routes')).map((route) => readRoute(route, depth + 1)),
    line: value.line,
  };
}

function readGroupBy(value: YamlValue | undefined): Pick<RouteConfig, 'groupBy' | 'groupByAll'> {
  if (value === undefined || isNull(value)) return { groupBy: undefined, groupByAll: false };
  const written = texts(value);
  const names = written.filter((name) => name !== '...');
  for (const [i, name] of names.entries()) {
    if (!isLabelName(name)) throw fail(value, `invalid label name ${goQuote(name)} in group_by list`);
    if (names.indexOf(name) !== i) throw fail(value, `duplicated label ${goQuote(name)} in group_by`);
  }
  const groupByAll = names.length < written.length;
  if (groupByAll && names.length > 0)
    throw fail(value, 'cannot have wildcard group_by (`...`) and other labels at the same time');
  return { groupBy: groupByAll ? undefined : names, groupByAll };
}

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The three ways to write matchers, the two older ones deprecated, put together in the order of their keys. */
function readMatchers(
  keys: ReadonlyMap<string, YamlValue>,
  equal: string,
  pattern: string,
  modern: string,
): LabelMatcher[] {
  const found: LabelMatcher[] = [];
  for (const [section, operator] of [
    [equal, '='],
    [pattern, '=~'],
  ] as const) {
    const value = keys.get(section);
    if (value === undefined) continue;
    for (const [name, entry] of entries(value)) {
      if (!LEGACY_NAME.test(name)) throw fail(entry, `invalid label name ${goQuote(name)}`);
      if (operator === '=~' && isNull(entry)) throw fail(entry, `invalid regexp value for ${goQuote(name)}`);
      // Upstream keeps such a pattern with its anchors, and so they stand in the keys of groups.
      const value = operator === '=~' ? `^(?:${text(entry)})$` : text(entry);
      found.push(reading(entry, () => compileMatcher({ name, operator, value })));
    }
  }
  for (const line of list(keys.get(modern))) found.push(...reading(line, () => parseMatchers(text(line))));
  return sortMatchers(found);
}

function reading<Result>(at: YamlValue, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof MatcherError) throw fail(at, error.message);
    throw error;
  }
}

const INHIBIT_KEYS = [
  'name',
  'source_match',
  'source_match_re',
  'source_matchers',
  'target_match',
  'target_match_re',
  'target_matchers',
  'equal',
];

/** Throws ConfigFileError. */
export function readInhibitRule(value: YamlValue): InhibitRule {
  const keys = record(value, INHIBIT_KEYS);
  const name = keys.get('name');
  const equal = texts(keys.get('equal'));
  for (const label of equal)
    if (!isLabelName(label)) throw fail(value, `invalid label name ${goQuote(label)} in equal list`);
  return {
    name: name === undefined ? '' : text(name),
    source: readMatchers(keys, 'source_match', 'source_match_re', 'source_matchers'),
    target: readMatchers(keys, 'target_match', 'target_match_re', 'target_matchers'),
    equal: [...new Set(equal)],
  };
}
