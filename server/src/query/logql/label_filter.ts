import {
  type CompareOperator,
  type LabelFilter,
  type LabelMatcher,
  parseBytes,
  parseGoDuration,
} from '@trilith/lang/logql';
import { ipMatch, lineHasAddress } from './ip.ts';
import { anchoredPattern, found } from './regex.ts';
import type { RowLabels } from './row_labels.ts';
import { canonicalId, classOfName, SEVERITY_FIELD, severitiesMatching } from './vocabulary.ts';

export type LabelTest = (labels: RowLabels) => boolean;
export type ValueTest = (value: string) => boolean;

/** A matcher as a predicate on a value; a label that is absent counts as empty. */
export function compileMatcher(matcher: Pick<LabelMatcher, 'operator' | 'value'>): ValueTest {
  const { value } = matcher;
  switch (matcher.operator) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
    case '!~': {
      const pattern = anchoredPattern(value);
      const wanted = matcher.operator === '=~';
      return (text) => found(pattern, text) === wanted;
    }
  }
}

/**
 * A label filter as a predicate. Numeric, duration, size and address filters drop a record without the label; a value
 * that cannot be read marks the record with LabelFilterErr (the first error stays) and keeps it. Only address filters
 * keep every record that carries an error already.
 */
export function compileLabelFilter(filter: LabelFilter): LabelTest {
  switch (filter.kind) {
    case 'and': {
      const left = compileLabelFilter(filter.left);
      const right = compileLabelFilter(filter.right);
      return (labels) => left(labels) && right(labels);
    }
    case 'or': {
      const left = compileLabelFilter(filter.left);
      const right = compileLabelFilter(filter.right);
      return (labels) => left(labels) || right(labels);
    }
    case 'match': {
      return matchFilter(filter.matcher);
    }
    case 'number':
      return comparison(filter.name, filter.operator, filter.value, goNumber);
    case 'duration':
      return comparison(filter.name, filter.operator, filter.value, parseGoDuration);
    case 'bytes':
      return comparison(filter.name, filter.operator, filter.value, parseBytes);
    case 'ip':
      return ipFilter(filter.name, filter.value, filter.operator === '=');
  }
}

export function isNegative(matcher: Pick<LabelMatcher, 'operator'>): boolean {
  return matcher.operator === '!=' || matcher.operator === '!~';
}

/** The matcher that a negative one denies; a positive one itself. */
export function positiveOf(
  matcher: Pick<LabelMatcher, 'operator' | 'value'>,
): Pick<LabelMatcher, 'operator' | 'value'> {
  const operator = matcher.operator === '!=' ? '=' : matcher.operator === '!~' ? '=~' : matcher.operator;
  return { operator, value: matcher.value };
}

const NO_SEVERITIES: ReadonlySet<string> = new Set();

/** The stored severities that a matcher on a level means, or does not where it is negative; none where it is on no level. */
function severitiesOf(matcher: LabelMatcher): ReadonlySet<string> {
  if (classOfName(matcher.name).kind !== 'level') return NO_SEVERITIES;
  return new Set(severitiesMatching(compileMatcher(positiveOf(matcher))));
}

/** A filter on the level as a test of the stored severity, right before any stage that changes labels; undefined for other filters. */
export function compileSeverityTest(filter: LabelFilter): ValueTest | undefined {
  if (filter.kind !== 'match') return undefined;
  const severities = severitiesOf(filter.matcher);
  const negative = isNegative(filter.matcher);
  return severities.size === 0 ? undefined : (stored) => severities.has(stored) !== negative;
}

/**
 * A string filter. Levels match under any spelling of the level the record was stored with; ids also in canonical form.
 */
function matchFilter(matcher: LabelMatcher): LabelTest {
  const { name } = matcher;
  const negative = isNegative(matcher);
  const test = compileMatcher(positiveOf(matcher));
  const plain: LabelTest = (labels) => test(labels.get(name) ?? '') !== negative;
  const kind = classOfName(name);
  if (kind.kind === 'id' && matcher.operator !== '=~' && matcher.operator !== '!~') {
    const canonical = canonicalId(kind.column, matcher.value);
    return (labels) => {
      const value = labels.get(name) ?? '';
      return (value === matcher.value || value === canonical) !== negative;
    };
  }
  const severities = severitiesOf(matcher);
  if (severities.size === 0) return plain;
  return (labels) => {
    const stored = labels.field(SEVERITY_FIELD);
    if (stored === undefined) return plain(labels);
    const same = severities.has(stored) || (labels.isChanged(name) && test(labels.get(name) ?? ''));
    return same !== negative;
  };
}

function ipFilter(name: string, pattern: string, wanted: boolean): LabelTest {
  const match = ipMatch(pattern);
  return (labels) => {
    if (labels.error !== '') return true;
    const value = labels.get(name);
    if (value === undefined) return false;
    return lineHasAddress(value, match) === wanted;
  };
}

function comparison(name: string, operator: CompareOperator, value: number, read: (text: string) => number): LabelTest {
  const holds = comparator(operator, value);
  const unreadable = name === '__error__' || name === '__error_details__';
  return (labels) => {
    const text = unreadable ? undefined : labels.get(name);
    if (text === undefined) return false;
    let actual: number;
    try {
      actual = read(text);
    } catch (error) {
      if (labels.error === '')
        labels.setError('LabelFilterErr', error instanceof Error ? error.message : String(error));
      return true;
    }
    return holds(actual);
  };
}

function comparator(operator: CompareOperator, value: number): (actual: number) => boolean {
  switch (operator) {
    case '=':
      return (actual) => actual === value;
    case '!=':
      return (actual) => actual !== value;
    case '>':
      return (actual) => actual > value;
    case '>=':
      return (actual) => actual >= value;
    case '<':
      return (actual) => actual < value;
    case '<=':
      return (actual) => actual <= value;
  }
}

/**
 * A number as Go's strconv.ParseFloat reads it.
 * @throws Error worded as Go words it
 */
export function goNumber(text: string): number {
  if (DECIMAL.test(text)) return inRange(text, Number(text));
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (text.includes('_') && !/(^|[^0-9])_|_([^0-9]|$)/.test(text)) {
    const digits = text.replaceAll('_', '');
    if (DECIMAL.test(digits)) return inRange(text, Number(digits));
  }
  const hex = HEXADECIMAL.exec(text);
  if (hex !== null) {
    const [, sign, whole = '', fraction = '', exponent] = hex;
    const magnitude = Number.parseInt(`0${whole}${fraction}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
    return inRange(text, sign === '-' ? -magnitude : magnitude);
  }
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX](?=\.?[0-9a-fA-F])([0-9a-fA-F]{0,13})\.?([0-9a-fA-F]{0,13})[pP]([+-]?\d+)$/;

function inRange(text: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
}
