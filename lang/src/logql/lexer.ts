import { unquote } from '../go_strings.ts';
import { RANGE_OPERATIONS, VECTOR_OPERATIONS } from './ast.ts';
import { parseBytes, parseDuration, parsePrometheusDuration } from './units.ts';

/** A token. `kind` is its text for operators and keywords (lower case), else one of the upper-case classes. */
export interface Token {
  readonly kind: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** STRING: the unquoted value. IDENTIFIER, NUMBER, FLAG: the text. ERROR: the message. */
  readonly string: string;
  /** DURATION, RANGE: ns. BYTES: bytes. */
  readonly number: number;
}

const KEYWORDS = new Set(
  `by without bool unwrap offset on ignoring group_left group_right or and unless json regexp logfmt unpack pattern
  label_format line_format ip decolorize drop keep variants of label_replace`.split(/\s+/),
);

const FUNCTIONS = new Set<string>([
  ...RANGE_OPERATIONS,
  ...VECTOR_OPERATIONS,
  ...['vector', 'label_replace', 'bytes', 'duration', 'duration_seconds', 'ip'],
]);

const OPERATORS = ['|=', '|~', '|>', '!=', '!~', '!>', '=~', '==', '>=', '<='];
const SINGLE = new Set([...',.{}=|()+-*/%^><]']);

const FUNCTION_FOLLOWS = /\s*(?:\(|(?:by|without)\s*\()/iy;
const SPACE = /\s*/y;
const IDENTIFIER = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER =
  /0[xX][0-9a-fA-F_.]+[pP][+-]?\d+|0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const DURATION_REST = /[\p{N}nuµmshdwy.]*/uy;
const BYTES_REST = /[\p{N}BikKMGTP.]*/uy;

function matchAt(pattern: RegExp, input: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(input)?.[0] ?? '';
}

/** Whether `(` follows, or `by (` / `without (`: what tells a function from a label of the same name. */
function isFunction(input: string, at: number): boolean {
  return matchAt(FUNCTION_FOLLOWS, input, at) !== '';
}

/** All tokens of a query, ending with EOF, or with ERROR at the first text that is no token. */
export function tokenize(input: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(SPACE, input, at).length;
    if (input[at] === '#') {
      const newline = input.indexOf('\n', at);
      at = newline < 0 ? input.length : newline;
      continue;
    }
    const token = at >= input.length ? make('EOF', input, at, at) : scan(input, at);
    tokens.push(token);
    if (token.kind === 'EOF' || token.kind === 'ERROR') return tokens;
    at = token.end;
  }
}

function make(kind: string, input: string, start: number, end: number, value: string | number = ''): Token {
  const text = input.slice(start, end);
  return {
    kind,
    text,
    start,
    end,
    string: typeof value === 'string' ? value || text : text,
    number: typeof value === 'number' ? value : 0,
  };
}

function scan(input: string, at: number): Token {
  const char = input[at] ?? '';
  if (char === '"' || char === '`') return scanString(input, at);
  if (char === "'") {
    const closed = input.indexOf("'", at + 1) >= 0;
    return make('ERROR', input, at, at + 1, closed ? 'invalid char literal' : 'literal not terminated');
  }
  if (char === '[') return scanRange(input, at);
  const number = matchAt(NUMBER, input, at);
  if (number !== '') return scanNumber(input, at, number);
  if (char === '-') return scanMinus(input, at);
  const two = input.slice(at, at + 2);
  if (OPERATORS.includes(two)) return make(two, input, at, at + 2);
  if (SINGLE.has(char)) return make(char, input, at, at + 1);
  const word = matchAt(IDENTIFIER, input, at);
  if (word === '') return make('INVALID', input, at, at + 1);
  const end = at + word.length;
  const lower = word.toLowerCase();
  if (FUNCTIONS.has(lower) && isFunction(input, end)) return make(lower, input, at, end);
  if (FUNCTIONS.has(lower) || !KEYWORDS.has(lower)) return make('IDENTIFIER', input, at, end);
  return make(lower, input, at, end);
}

function scanString(input: string, at: number): Token {
  const close = input[at];
  let end = at + 1;
  while (end < input.length && input[end] !== close) {
    if (close === '"' && input[end] === '\n') break;
    if (close === '"' && input[end] === '\\') end++;
    end++;
  }
  if (input[end] !== close) return make('ERROR', input, at, input.length, 'literal not terminated');
  const value = unquote(input.slice(at, end + 1));
  if (value === undefined) return make('ERROR', input, at, end + 1, 'invalid syntax');
  return { ...make('STRING', input, at, end + 1), string: value };
}

function scanRange(input: string, at: number): Token {
  const close = input.indexOf(']', at);
  if (close < 0) return make('ERROR', input, at, input.length, "missing closing ']' in duration");
  const text = input.slice(at + 1, close);
  const ns = parsePrometheusDuration(text.trim());
  if (text.trim() === '') return make('ERROR', input, at, close + 1, 'empty duration string');
  if (ns === undefined) {
    return make('ERROR', input, at, close + 1, invalidDuration(text));
  }
  return make('RANGE', input, at, close + 1, ns);
}

/** Why Prometheus does not take a text for a duration. */
function invalidDuration(text: string): string {
  for (const [part, unit = ''] of text.matchAll(/\d+(\D*)|\D+/g)) {
    if (!/^\d/.test(part) || unit === '') break;
    if (!/^(ms|[smhdwy])$/.test(unit))
      return `unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
  }
  return `not a valid duration string: ${JSON.stringify(text)}`;
}

function scanNumber(input: string, at: number, number: string): Token {
  const end = at + number.length;
  const durationRest = matchAt(DURATION_REST, input, end);
  const ns = durationRest === '' ? undefined : parseDuration(number + durationRest);
  if (ns !== undefined) return make('DURATION', input, at, end + durationRest.length, ns);
  const bytesRest = matchAt(BYTES_REST, input, end);
  if (bytesRest !== '') {
    try {
      return make('BYTES', input, at, end + bytesRest.length, parseBytes(number + bytesRest));
    } catch {
      // Not a size: the number stands alone and the parser complains about what follows.
    }
  }
  return make('NUMBER', input, at, end);
}

function scanMinus(input: string, at: number): Token {
  const flag = /^--[A-Za-z-]+/.exec(input.slice(at, at + 32))?.[0];
  if (flag === '--strict' || flag === '--keep-empty') return make('FLAG', input, at, at + flag.length);
  const rest = matchAt(DURATION_REST, input, at + 1);
  const ns = rest === '' || /^[\d.]+$/.test(rest) ? undefined : parseDuration(`-${rest}`);
  if (ns !== undefined) return make('DURATION', input, at, at + 1 + rest.length, ns);
  return make('-', input, at, at + 1);
}
