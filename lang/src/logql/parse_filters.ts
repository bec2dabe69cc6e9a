import type {
  CompareOperator,
  LabelFilter,
  LabelMatcher,
  LineFilterStage,
  LineNeedle,
  LineOperator,
  MatchOperator,
} from './ast.ts';
import { accept, at, type Cursor, close, nested, peek, spanFrom, take, unexpected } from './cursor.ts';
import { errorWithoutPlace } from './parse_error.ts';

const MATCH_OPERATORS = new Set(['=', '!=', '=~', '!~']);
const COMPARE_OPERATORS = new Set(['=', '==', '!=', '>', '>=', '<', '<=']);
const LINE_OPERATORS = ['|=', '!=', '|~', '!~', '|>', '!>'];

/** `name op "value"`, as in a selector. */
export function parseMatcher(cursor: Cursor): LabelMatcher {
  const name = take(cursor, 'IDENTIFIER');
  if (!MATCH_OPERATORS.has(peek(cursor).kind)) throw unexpected(cursor, ['=', '=~', '!~', '!=']);
  const operator = take(cursor, ...MATCH_OPERATORS).kind as MatchOperator;
  const value = take(cursor, 'STRING').string;
  return { name: name.string, operator, value, span: spanFrom(cursor, name.start) };
}

export function atLineFilter(cursor: Cursor): boolean {
  return at(cursor, ...LINE_OPERATORS);
}

/** `|= "a" or "b" or ip("…")`. */
export function parseLineFilter(cursor: Cursor): LineFilterStage {
  const operator = take(cursor, ...LINE_OPERATORS);
  const needles = [parseNeedle(cursor)];
  while (accept(cursor, 'or')) needles.push(parseNeedle(cursor));
  return {
    kind: 'line_filter',
    operator: operator.kind as LineOperator,
    needles,
    span: spanFrom(cursor, operator.start),
  };
}

function parseNeedle(cursor: Cursor): LineNeedle {
  const start = peek(cursor).start;
  if (!accept(cursor, 'ip')) {
    if (!at(cursor, 'STRING')) throw unexpected(cursor, ['STRING', 'ip']);
    return { ip: false, value: take(cursor, 'STRING').string, span: spanFrom(cursor, start) };
  }
  take(cursor, '(');
  const value = take(cursor, 'STRING').string;
  take(cursor, ')');
  return { ip: true, value, span: spanFrom(cursor, start) };
}

const OR = 1;
const AND = 2;

/**
 * A label filter. Precedence as in Loki's grammar: `and` binds tighter than `or`; a comma, or nothing at all, joins
 * everything that follows (both have no precedence there, so the generated parser always shifts).
 */
export function parseLabelFilter(cursor: Cursor, level = OR): LabelFilter {
  return nested(cursor, () => {
    const start = peek(cursor).start;
    let left = parsePrimaryFilter(cursor);
    for (;;) {
      const token = peek(cursor).kind;
      if (token === 'or' && level <= OR) left = join(cursor, 'or', left, AND, start);
      else if (token === 'and' && level <= AND) left = join(cursor, 'and', left, AND + 1, start);
      else if (token === ',') left = join(cursor, 'and', left, OR, start);
      else if (token === 'IDENTIFIER' || token === '(') {
        const right = parseLabelFilter(cursor);
        left = { kind: 'and', left, right, span: spanFrom(cursor, start) };
      } else return left;
    }
  });
}

function join(cursor: Cursor, kind: 'and' | 'or', left: LabelFilter, level: number, start: number): LabelFilter {
  cursor.next++;
  const right = parseLabelFilter(cursor, level);
  return { kind, left, right, span: spanFrom(cursor, start) };
}

function parsePrimaryFilter(cursor: Cursor): LabelFilter {
  const start = peek(cursor).start;
  if (accept(cursor, '(')) {
    const inner = parseLabelFilter(cursor);
    close(cursor);
    return inner;
  }
  const operator = peek(cursor, 1).kind;
  const operand = peek(cursor, 2).kind;
  if (operand === 'STRING' && MATCH_OPERATORS.has(operator)) {
    const matcher = parseMatcher(cursor);
    return { kind: 'match', matcher, span: matcher.span };
  }
  const name = take(cursor, 'IDENTIFIER').string;
  if (MATCH_OPERATORS.has(operator) && !COMPARE_OPERATORS.has(operator)) {
    cursor.next++;
    throw unexpected(cursor, ['STRING']);
  }
  if (!COMPARE_OPERATORS.has(operator)) throw unexpected(cursor);
  cursor.next++;
  const compare = (operator === '==' ? '=' : operator) as CompareOperator;
  if (operand === 'ip' && (operator === '=' || operator === '!=')) return parseIpFilter(cursor, name, operator, start);
  if (operand === 'DURATION' || operand === 'BYTES') {
    const value = take(cursor, operand).number;
    const kind = operand === 'BYTES' ? 'bytes' : 'duration';
    return { kind, name, operator: compare, value, span: spanFrom(cursor, start) };
  }
  if (!at(cursor, 'NUMBER', '+', '-')) throw unexpected(cursor);
  const value = parseNumber(cursor);
  return { kind: 'number', name, operator: compare, value, span: spanFrom(cursor, start) };
}

function parseIpFilter(cursor: Cursor, name: string, operator: '=' | '!=', start: number): LabelFilter {
  take(cursor, 'ip');
  take(cursor, '(');
  const value = take(cursor, 'STRING').string;
  take(cursor, ')');
  return { kind: 'ip', name, operator, value, span: spanFrom(cursor, start) };
}

/** A number with an optional sign. Go's ParseFloat decides: hexadecimal, octal and binary integers are refused. */
export function parseNumber(cursor: Cursor): number {
  const negative = at(cursor, '-');
  if (!accept(cursor, '-')) accept(cursor, '+');
  const token = take(cursor, 'NUMBER');
  const value = goFloat(token.string);
  if (value === undefined) {
    const reason = `unable to parse literal as a float: strconv.ParseFloat: parsing ${JSON.stringify(token.string)}: invalid syntax`;
    throw errorWithoutPlace(reason, token);
  }
  return negative ? -value : value;
}

/** Decimal floats and hexadecimal floats with an exponent (`0x1.8p3`), as Go's ParseFloat reads them. */
function goFloat(text: string): number | undefined {
  if (/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  const hex = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(text.replaceAll('_', ''));
  if (hex === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = hex;
  if (whole + fraction === '') return undefined;
  return Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
}
