import { keywordOf, quoted, type Token, type TokenKind } from './tokens.ts';

/** A scan in progress over one query text. Tokens are made one by one, because an error later in the text must not hide
 * one that the parser finds earlier. */
export interface Lexer {
  readonly input: string;
  position: number;
  parenDepth: number;
  braceOpen: boolean;
  bracketOpen: boolean;
  /** Inside `[…]` before the first number: only duration arithmetic is allowed. */
  durationMode: boolean;
  gotColon: boolean;
  gotDuration: boolean;
}

export function createLexer(input: string): Lexer {
  return {
    input,
    position: 0,
    parenDepth: 0,
    braceOpen: false,
    bracketOpen: false,
    durationMode: false,
    gotColon: false,
    gotDuration: false,
  };
}

/** All tokens up to the end or the first error, comments included: for highlighting and completion. */
export function tokenize(input: string): readonly Token[] {
  const lexer = createLexer(input);
  const tokens: Token[] = [];
  for (;;) {
    const token = nextToken(lexer);
    tokens.push(token);
    if (token.kind === 'eof' || token.kind === 'error') return tokens;
  }
}

const isSpace = (c: string): boolean => c === ' ' || c === '\t' || c === '\n' || c === '\r';
const isDigit = (c: string): boolean => c >= '0' && c <= '9' && c.length === 1;
const isAlpha = (c: string): boolean => c === '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
const isAlphaNumeric = (c: string): boolean => isAlpha(c) || isDigit(c);

/** The next token; after `eof` or `error` it must not be called again. */
export function nextToken(lexer: Lexer): Token {
  const { input } = lexer;
  while (lexer.position < input.length && isSpace(input.charAt(lexer.position))) lexer.position++;
  const start = lexer.position;
  if (input.charAt(start) === '#' && !lexer.durationMode) return comment(lexer, start);
  if (lexer.braceOpen) return insideBraces(lexer, start);
  if (lexer.durationMode) return insideBrackets(lexer, start);
  return statement(lexer, start);
}

function emit(lexer: Lexer, kind: TokenKind, start: number, end: number): Token {
  lexer.position = end;
  return { kind, text: lexer.input.slice(start, end), start, end };
}

/** The error token's range runs to the end of the text: nothing after it was looked at. */
function fail(lexer: Lexer, start: number, message: string): Token {
  return { kind: 'error', text: message, start, end: lexer.input.length };
}

function comment(lexer: Lexer, start: number): Token {
  let end = start;
  while (end < lexer.input.length && lexer.input.charAt(end) !== '\n' && lexer.input.charAt(end) !== '\r') end++;
  return emit(lexer, 'comment', start, end);
}

function character(lexer: Lexer, position: number): string {
  const code = lexer.input.codePointAt(position);
  return code === undefined ? '\ufffd' : `'${String.fromCodePoint(code)}'`;
}

const quotedCharacter = (lexer: Lexer, position: number): string => {
  const c = character(lexer, position);
  return c === "'''" ? "'\\''" : c === '\ufffd' ? "'�'" : c;
};

const SINGLE: Readonly<Record<string, TokenKind>> = {
  ',': ',',
  '*': '*',
  '/': '/',
  '%': '%',
  '+': '+',
  '-': '-',
  '^': '^',
  '@': '@',
};

function statement(lexer: Lexer, start: number): Token {
  const { input } = lexer;
  if (start >= input.length) {
    if (lexer.parenDepth !== 0) return fail(lexer, start, 'unclosed left parenthesis');
    if (lexer.bracketOpen) return fail(lexer, start, 'unclosed left bracket');
    return emit(lexer, 'eof', start, start);
  }
  const c = input.charAt(start);
  const next = input.charAt(start + 1);
  const single = SINGLE[c];
  if (single !== undefined) return emit(lexer, single, start, start + 1);
  if (isDigit(c) || (c === '.' && isDigit(next))) return numberOrDuration(lexer, start);
  if (isAlpha(c) || c === ':') return lexer.bracketOpen ? wordInBrackets(lexer, start) : word(lexer, start);
  switch (c) {
    case '=':
      if (next === '=') return emit(lexer, '==', start, start + 2);
      if (next === '~') return fail(lexer, start, `unexpected character after '=': '~'`);
      return emit(lexer, '=', start, start + 1);
    case '!':
      if (next !== '=')
        return fail(lexer, start, `unexpected character after '!': ${quotedCharacter(lexer, start + 1)}`);
      return emit(lexer, '!=', start, start + 2);
    case '<':
    case '>':
      if (next === '=') return emit(lexer, c === '<' ? '<=' : '>=', start, start + 2);
      if (next === '/') return emit(lexer, c === '<' ? '</' : '>/', start, start + 2);
      return emit(lexer, c, start, start + 1);
    case '"':
    case "'":
    case '`':
      return text(lexer, start);
    case '(':
      lexer.parenDepth++;
      return emit(lexer, '(', start, start + 1);
    case ')':
      if (--lexer.parenDepth < 0) return fail(lexer, start + 1, `unexpected right parenthesis ')'`);
      return emit(lexer, ')', start, start + 1);
    case '{':
      lexer.braceOpen = true;
      return emit(lexer, '{', start, start + 1);
    case '[':
      if (lexer.bracketOpen) return fail(lexer, start, `unexpected left bracket '['`);
      lexer.gotColon = false;
      lexer.bracketOpen = true;
      lexer.durationMode = true;
      return emit(lexer, '[', start, start + 1);
    case ']':
      if (!lexer.bracketOpen) return fail(lexer, start, `unexpected right bracket ']'`);
      lexer.bracketOpen = false;
      return emit(lexer, ']', start, start + 1);
    default:
      return fail(lexer, start, `unexpected character: ${quotedCharacter(lexer, start)}`);
  }
}

function insideBrackets(lexer: Lexer, start: number): Token {
  const { input } = lexer;
  if (start >= input.length) return fail(lexer, start, 'unexpected end of input in duration expression');
  const c = input.charAt(start);
  if (isDigit(c) || (c === '.' && isDigit(input.charAt(start + 1)))) {
    lexer.gotDuration = true;
    lexer.durationMode = false;
    return numberOrDuration(lexer, start);
  }
  if ('+-*/%^,'.includes(c)) return emit(lexer, c as TokenKind, start, start + 1);
  switch (c) {
    case ']':
      lexer.bracketOpen = false;
      lexer.gotColon = false;
      lexer.durationMode = false;
      return emit(lexer, ']', start, start + 1);
    case ':':
      if (!lexer.gotDuration) return fail(lexer, start + 1, 'unexpected colon before duration in duration expression');
      if (lexer.gotColon) return fail(lexer, start + 1, 'unexpected repeated colon in duration expression');
      lexer.gotColon = true;
      return emit(lexer, ':', start, start + 1);
    case '(':
      lexer.parenDepth++;
      return emit(lexer, '(', start, start + 1);
    case ')':
      if (--lexer.parenDepth < 0) return fail(lexer, start + 1, `unexpected right parenthesis ')'`);
      return emit(lexer, ')', start, start + 1);
  }
  const keyword = durationKeyword(lexer, start);
  if (keyword !== undefined) return keyword;
  return fail(lexer, start, `unexpected character in duration expression: ${quotedCharacter(lexer, start)}`);
}

function durationKeyword(lexer: Lexer, start: number): Token | undefined {
  let end = start;
  while (isAlpha(lexer.input.charAt(end))) end++;
  const keyword = lexer.input.slice(start, end).toLowerCase();
  if (keyword !== 'step' && keyword !== 'range' && keyword !== 'max_of' && keyword !== 'min_of') return undefined;
  lexer.gotDuration = true;
  return emit(lexer, keyword, start, end);
}

function wordInBrackets(lexer: Lexer, start: number): Token {
  if (lexer.input.charAt(start) === ':') {
    if (lexer.gotColon) return fail(lexer, start, `unexpected colon ':'`);
    lexer.gotColon = true;
    return emit(lexer, ':', start, start + 1);
  }
  const keyword = durationKeyword(lexer, start);
  if (keyword !== undefined) return keyword;
  return fail(lexer, start, `unexpected character: ${quotedCharacter(lexer, start)}, expected ':'`);
}

function word(lexer: Lexer, start: number): Token {
  const { input } = lexer;
  let end = start;
  while (isAlphaNumeric(input.charAt(end)) || input.charAt(end) === ':') end++;
  const content = input.slice(start, end);
  const keyword = keywordOf(content);
  if (keyword === undefined) return emit(lexer, content.includes(':') ? 'metric-identifier' : 'identifier', start, end);
  // Only a call makes these a modifier; as metric names they are older than the modifier.
  if ((keyword === 'fill' || keyword === 'fill_left' || keyword === 'fill_right') && !opensParenthesis(input, end)) {
    return emit(lexer, 'identifier', start, end);
  }
  return emit(lexer, keyword, start, end);
}

function opensParenthesis(input: string, from: number): boolean {
  let position = from;
  while (isSpace(input.charAt(position))) position++;
  return input.charAt(position) === '(';
}

function insideBraces(lexer: Lexer, start: number): Token {
  const { input } = lexer;
  if (start >= input.length) return fail(lexer, start, 'unexpected end of input inside braces');
  const c = input.charAt(start);
  const next = input.charAt(start + 1);
  if (isAlpha(c)) {
    let end = start;
    while (isAlphaNumeric(input.charAt(end))) end++;
    return emit(lexer, 'identifier', start, end);
  }
  switch (c) {
    case ',':
      return emit(lexer, ',', start, start + 1);
    case '"':
    case "'":
    case '`':
      return text(lexer, start);
    case '=':
      return next === '~' ? emit(lexer, '=~', start, start + 2) : emit(lexer, '=', start, start + 1);
    case '!':
      if (next === '~') return emit(lexer, '!~', start, start + 2);
      if (next === '=') return emit(lexer, '!=', start, start + 2);
      return fail(lexer, start, `unexpected character after '!' inside braces: ${quotedCharacter(lexer, start + 1)}`);
    case '{':
      return fail(lexer, start, `unexpected left brace '{'`);
    case '}':
      lexer.braceOpen = false;
      return emit(lexer, '}', start, start + 1);
    default:
      return fail(lexer, start, `unexpected character inside braces: ${quotedCharacter(lexer, start)}`);
  }
}

function text(lexer: Lexer, start: number): Token {
  const { input } = lexer;
  const quote = input.charAt(start);
  const raw = quote === '`';
  let position = start + 1;
  for (;;) {
    const c = input.charAt(position);
    if (c === '' || (c === '\n' && !raw)) {
      return fail(lexer, start, raw ? 'unterminated raw string' : 'unterminated quoted string');
    }
    if (c === quote) return emit(lexer, 'string', start, position + 1);
    if (c === '\ufffd' || isLoneSurrogate(input, position)) return fail(lexer, start, 'invalid UTF-8 rune');
    if (c === '\\' && !raw) {
      const ended = readEscape(input, position + 1, quote);
      if (typeof ended === 'string') return fail(lexer, start, ended);
      position = ended;
    } else position += (input.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
  }
}

function isLoneSurrogate(input: string, position: number): boolean {
  const code = input.codePointAt(position) ?? 0;
  return code >= 0xd800 && code <= 0xdfff;
}

const ESCAPES: Readonly<Record<string, readonly [digits: number, base: number, max: number, skip: number]>> = {
  x: [2, 16, 255, 1],
  u: [4, 16, 0x10ffff, 1],
  U: [8, 16, 0x10ffff, 1],
};

/** Checks the escape whose first character after the backslash is at `position`; returns where it ends, or a message. */
function readEscape(input: string, position: number, quote: string): number | string {
  const c = input.charAt(position);
  if (c === '') return 'escape sequence not terminated';
  if ('abfnrtv\\'.includes(c) || c === quote) return position + 1;
  const [digits, base, max, skip] = ESCAPES[c] ?? (c >= '0' && c <= '7' ? [3, 8, 255, 0] : [0, 0, 0, 0]);
  if (digits === 0) return `unknown escape sequence ${unicode(input.codePointAt(position) ?? 0)}`;
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = input.charAt(position + skip + i);
    const parsed = digit === '' ? Number.NaN : Number.parseInt(digit, base);
    if (digit === '') return 'escape sequence not terminated';
    if (Number.isNaN(parsed)) return `illegal character ${unicode(digit.codePointAt(0) ?? 0)} in escape sequence`;
    value = value * base + parsed;
  }
  if (value > max || (value >= 0xd800 && value < 0xe000)) return 'escape sequence is an invalid Unicode code point';
  return position + skip + digits;
}

function unicode(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}

function numberOrDuration(lexer: Lexer, start: number): Token {
  const { input } = lexer;
  const scan = scanNumber(input, start);
  if (scan.ok) return emit(lexer, 'number', start, scan.end);
  const duration = scanDuration(input, scan.end);
  if (duration.ok) return emit(lexer, 'duration', start, duration.end);
  return fail(lexer, start, `bad number or duration syntax: ${quoted(input.slice(start, duration.end))}`);
}

/** Numbers of every notation; the parser decides whether what was scanned is one. */
function scanNumber(input: string, start: number): { ok: boolean; end: number } {
  let p = start;
  let digits = '0123456789';
  const at = (set: string): boolean => input.charAt(p) !== '' && set.includes(input.charAt(p));
  if (at('0')) {
    p++;
    if (at('xX')) {
      p++;
      if (at('_')) p++;
      digits = '0123456789abcdefABCDEF';
    }
  }
  if (at('.')) p++;
  if (at(digits)) p++;
  let dot = false;
  let exponent = false;
  while (at(`${digits}._eE`)) {
    if (at('.') && dot) return { ok: false, end: p + 1 };
    if (at('eE') && exponent) return { ok: false, end: p + 1 };
    if (at('.')) {
      p++;
      dot = true;
      if (at('_.')) return { ok: false, end: p + 1 };
      if (digits.length > 10) return { ok: false, end: p };
    } else if (at('eE') && !(digits.length > 10 && at(digits))) {
      p++;
      exponent = true;
      if (at('+-')) p++;
      if (at('._eE')) return { ok: false, end: p + 1 };
      if (p >= input.length) return { ok: false, end: p };
    } else if (at('_')) {
      p++;
      if (at('._eE')) return { ok: false, end: p + 1 };
      if (p >= input.length) return { ok: false, end: p };
    } else while (at(digits)) p++;
  }
  if (p === start) return { ok: false, end: p };
  return { ok: !isAlphaNumeric(input.charAt(p)), end: p };
}

function scanDuration(input: string, from: number): { ok: boolean; end: number } {
  let p = from;
  const at = (set: string): boolean => input.charAt(p) !== '' && set.includes(input.charAt(p));
  if (!at('smhdwy')) return { ok: false, end: p };
  p++;
  if (at('s')) p++;
  while (at('0123456789')) {
    while (at('0123456789')) p++;
    if (!at('smhdw')) return { ok: false, end: p };
    p++;
    if (at('s')) p++;
  }
  if (isAlphaNumeric(input.charAt(p))) return { ok: false, end: p + 1 };
  return { ok: true, end: p };
}
