import { unquote } from '../go_strings.ts';
import { type AttributeScope, INTRINSICS } from './ast.ts';
import { errorAt } from './errors.ts';

/** A token; `kind` is the text of operators and known words, else an upper-case class. */
export interface Token {
  readonly kind: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** STRING: the value. ATTRIBUTE: its name. */
  readonly string: string;
  /** INTEGER, FLOAT: the number. DURATION: ns. */
  readonly number: number;
  /** ATTRIBUTE: where it lives, and whether the parent's is meant. */
  readonly scope?: AttributeScope;
  readonly parent?: boolean;
}

const OPERATORS = [
  '!>>',
  '!<<',
  '&>>',
  '&<<',
  '&&',
  '||',
  '=~',
  '!~',
  '!=',
  '>=',
  '<=',
  '>>',
  '<<',
  '!>',
  '!<',
  '&>',
  '&<',
  '&~',
];
const SINGLE = new Set([...'{}()|,=<>!+-*/%^~']);
const SCOPES: readonly AttributeScope[] = ['span', 'resource', 'event', 'link', 'instrumentation'];
const PARENT_SCOPES = ['span', 'resource'] as const;
const WORDS: ReadonlySet<string> = new Set([
  ...INTRINSICS,
  ...['true', 'false', 'nil', 'ok', 'error', 'unset'],
  ...['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
  ...['count', 'avg', 'min', 'max', 'sum', 'by', 'coalesce', 'select', 'with'],
  ...['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time'],
  ...['quantile_over_time', 'histogram_over_time', 'compare', 'topk', 'bottomk'],
]);
const SCOPED_INTRINSIC = /(?:span|trace|event|link|instrumentation):[A-Za-z]+/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+/y;
const DURATION = /(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h|d|w|y))+/y;
/** Spaces and comments, which end with their line or with `*\/`. */
const BETWEEN_TOKENS = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** What ends an attribute name outside quotes; signs of arithmetic do not, but for `^`. */
const ATTRIBUTE_END = /[\s{}()=~!<>&|^,]/;
const UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
};

function matchAt(pattern: RegExp, input: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(input)?.[0] ?? '';
}

/** All tokens, ending with EOF. @throws TraceqlParseError */
export function tokenize(input: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(BETWEEN_TOKENS, input, at).length;
    if (at >= input.length) {
      tokens.push({ kind: 'EOF', text: '', start: at, end: at, string: '', number: 0 });
      return tokens;
    }
    const token = scan(input, at);
    tokens.push(token);
    at = token.end;
  }
}

function scan(input: string, at: number): Token {
  const make = (kind: string, end: number, more: Partial<Token> = {}): Token => ({
    kind,
    text: input.slice(at, end),
    start: at,
    end,
    string: '',
    number: 0,
    ...more,
  });
  const char = input[at] ?? '';
  if (char === '"' || char === '`') {
    const end = endOfString(input, at);
    const value = unquote(input.slice(at, end));
    if (value === undefined) throw errorAt(input, 'syntax error: invalid syntax', at, end);
    return make('STRING', end, { string: value });
  }
  const duration = matchAt(DURATION, input, at);
  if (duration !== '') return make('DURATION', at + duration.length, { number: durationNs(duration) });
  if (/\d/.test(char) || (char === '.' && /\d/.test(input[at + 1] ?? ''))) {
    const number = matchAt(NUMBER, input, at);
    const isInteger = /^\d+$/.test(number);
    const value = Number(number);
    if (isInteger && value >= 2 ** 63) throw errorAt(input, `${number}: value out of range`, at, at + number.length);
    return make(isInteger ? 'INTEGER' : 'FLOAT', at + number.length, { number: value });
  }
  if (char === '.') {
    const { name, end } = attributeName(input, at + 1);
    return make('ATTRIBUTE', end, { string: name, scope: 'any' });
  }
  const intrinsic = matchAt(SCOPED_INTRINSIC, input, at);
  if (intrinsic !== '') return make('SCOPED', at + intrinsic.length, { string: intrinsic });
  const word = matchAt(WORD, input, at);
  if (word !== '') {
    const end = at + word.length;
    const scope = SCOPES.find((s) => s === word);
    if ((scope !== undefined || word === 'parent') && input[end] === '.') {
      const inner = scope ?? PARENT_SCOPES.find((s) => input.startsWith(`${s}.`, end + 1)) ?? 'any';
      const skipped = scope === undefined && inner !== 'any' ? inner.length + 1 : 0;
      const attribute = attributeName(input, end + 1 + skipped);
      return make('ATTRIBUTE', attribute.end, {
        string: attribute.name,
        scope: inner,
        parent: scope === undefined,
      });
    }
    return make(WORDS.has(word) ? word : 'IDENTIFIER', end);
  }
  for (const operator of OPERATORS) if (input.startsWith(operator, at)) return make(operator, at + operator.length);
  if (SINGLE.has(char)) return make(char, at + 1);
  throw errorAt(input, `syntax error: unexpected ${JSON.stringify(char)}`, at);
}

/** The name behind a scope's dot: runs of plain characters and quoted parts. */
function attributeName(input: string, from: number): { name: string; end: number } {
  let name = '';
  let at = from;
  while (at < input.length) {
    const char = input[at] ?? '';
    if (char === '"') {
      const part = quotedName(input, at);
      name += part.value;
      at = part.end;
    } else if (ATTRIBUTE_END.test(char)) break;
    else {
      name += char;
      at++;
    }
  }
  if (name === '') throw errorAt(input, 'syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER', at);
  return { name, end: at };
}

/** The end of the string that begins at `at`, behind its closing quote. */
function endOfString(input: string, at: number): number {
  const close = input[at];
  for (let i = at + 1; i < input.length; i++) {
    if (input[i] === close) return i + 1;
    if (input[i] === '\\' && close === '"') i++;
  }
  throw errorAt(input, 'syntax error: literal not terminated', at, input.length);
}

/** A quoted part of an attribute name: only quotes and backslashes are escaped in it. */
function quotedName(input: string, at: number): { value: string; end: number } {
  const end = endOfString(input, at);
  const body = input.slice(at + 1, end - 1);
  if (/\\[^\\"]/.test(body.replaceAll('\\\\', ''))) throw errorAt(input, 'invalid escape sequence', at, end);
  return { value: body.replace(/\\(.)/gs, '$1'), end };
}

function durationNs(text: string): number {
  let total = 0;
  for (const [, number = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h|d|w|y)/g))
    total += Number(number) * (UNIT[unit] ?? 0);
  return total;
}
