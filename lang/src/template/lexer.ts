import { unquote } from '../go_strings.ts';

/** A template that Go's text/template would not parse. `at` is a UTF-16 offset in the template. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError';
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** A refused template as Go says it: `template: NAME:LINE: what is wrong`. */
export function syntaxErrorText(error: TemplateSyntaxError, name: string, source: string): string {
  return `template: ${name}:${source.slice(0, error.at).split('\n').length}: ${error.message}`;
}

/** `space` stands between operands and matters: `.a .b` are two operands, `.a.b` is one. */
export interface ActionToken {
  readonly kind:
    | 'word'
    | 'field'
    | 'variable'
    | 'string'
    | 'number'
    | 'char'
    | 'dot'
    | 'space'
    | '|'
    | '('
    | ')'
    | ','
    | ':='
    | '='
    | 'other'
    | 'end';
  readonly text: string;
  readonly at: number;
}

/** A piece of a template: text, trimmed as its neighbours ask, or an action's tokens. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'action'; readonly tokens: readonly ActionToken[]; readonly at: number };

const SPACES = ' \t\r\n';
const WORD = /[\p{L}\p{Nd}_]+/uy;
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9_]*\.?[0-9_]+(?:[eE][+-]?[0-9_]+)?|[0-9_]+\.)/y;

/** Cuts a template at its actions. Trim markers (`{{- `, ` -}}`) are applied, comments are gone. */
export function cutTemplate(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimLeft = false;
  for (;;) {
    const open = source.indexOf('{{', at);
    const text = source.slice(at, open < 0 ? source.length : open);
    const trims = open >= 0 && source[open + 2] === '-' && isSpace(source[open + 3]);
    pushText(pieces, text, at, trimLeft, trims);
    if (open < 0) return pieces;
    let inner = open + 2 + (trims ? 2 : 0);
    if (source.startsWith('/*', inner)) {
      const close = source.indexOf('*/', inner + 2);
      if (close < 0) throw new TemplateSyntaxError('unclosed comment', open);
      inner = close + 2;
      trimLeft = isSpace(source[inner]) && source.startsWith('-}}', inner + 1);
      const end = inner + (trimLeft ? 2 : 0);
      if (!source.startsWith('}}', end)) throw new TemplateSyntaxError('comment ends before closing delimiter', open);
      at = end + 2;
      continue;
    }
    const { tokens, end, trim } = scanAction(source, inner);
    pieces.push({ kind: 'action', tokens, at: open });
    trimLeft = trim;
    at = end;
  }
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && SPACES.includes(char);
}

function pushText(pieces: Piece[], text: string, at: number, trimLeft: boolean, trimRight: boolean): void {
  let from = 0;
  let to = text.length;
  if (trimLeft) while (from < to && isSpace(text[from])) from++;
  if (trimRight) while (to > from && isSpace(text[to - 1])) to--;
  if (to > from) pieces.push({ kind: 'text', text: text.slice(from, to), at: at + from });
}

/** The tokens of one action, and where the text behind it begins. */
function scanAction(source: string, from: number): { tokens: ActionToken[]; end: number; trim: boolean } {
  const tokens: ActionToken[] = [];
  let at = from;
  let depth = 0;
  for (;;) {
    const trim = isSpace(source[at]) && source.startsWith('-}}', at + 1);
    if (trim || source.startsWith('}}', at)) {
      if (depth > 0) throw new TemplateSyntaxError('unclosed left paren', at);
      tokens.push({ kind: 'end', text: '}}', at });
      return { tokens, end: at + (trim ? 4 : 2), trim };
    }
    if (at >= source.length) throw new TemplateSyntaxError('unclosed action', at);
    const token = scanToken(source, at);
    if (token.kind === '(') depth++;
    if (token.kind === ')' && --depth < 0) throw new TemplateSyntaxError('unexpected right paren', at);
    tokens.push(token);
    at += token.text.length;
  }
}

function matched(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
}

function scanToken(source: string, at: number): ActionToken {
  const char = source[at] ?? '';
  if (isSpace(char)) {
    let end = at + 1;
    // A space that begins a trim marker belongs to the marker.
    while (isSpace(source[end]) && !source.startsWith('-}}', end + 1)) end++;
    return { kind: 'space', text: source.slice(at, end), at };
  }
  if (char === '"' || char === '`' || char === "'") return scanQuoted(source, at, char);
  if (char === ':') {
    if (source[at + 1] !== '=') throw new TemplateSyntaxError('expected :=', at);
    return { kind: ':=', text: ':=', at };
  }
  if (char === '|' || char === '(' || char === ')' || char === ',' || char === '=')
    return { kind: char, text: char, at };
  if (char === '$') return { kind: 'variable', text: `$${matched(WORD, source, at + 1)}`, at };
  // At the very end Go takes a dot for the beginning of a number.
  if (char === '.' && at + 1 === source.length) throw new TemplateSyntaxError('illegal number syntax: "."', at);
  if (char === '.' && !/[0-9]/.test(source[at + 1] ?? '')) {
    const name = matched(WORD, source, at + 1);
    return name === '' ? { kind: 'dot', text: '.', at } : { kind: 'field', text: `.${name}`, at };
  }
  const number = /[0-9+\-.]/.test(char) ? matched(NUMBER, source, at) : '';
  if (number !== '') {
    const rest = matched(WORD, source, at + number.length);
    if (rest !== '') throw new TemplateSyntaxError(`bad number syntax: "${number}${rest}"`, at);
    return { kind: 'number', text: number, at };
  }
  const word = matched(WORD, source, at);
  return word === '' ? scanOther(source, at) : { kind: 'word', text: word, at };
}

/** A printable character that means nothing, which the parser refuses; others are refused here. */
function scanOther(source: string, at: number): ActionToken {
  const code = source.codePointAt(at) ?? 0;
  const text = String.fromCodePoint(code);
  if (code > 0x20 && code < 0x7f) return { kind: 'other', text, at };
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  throw new TemplateSyntaxError(`unrecognized character in action: U+${hex} '${text}'`, at);
}

function scanQuoted(source: string, at: number, quote: '"' | '`' | "'"): ActionToken {
  const what = { '"': 'quoted string', '`': 'raw quoted string', "'": 'character constant' }[quote];
  let end = at + 1;
  while (end < source.length && source[end] !== quote) {
    if (quote !== '`' && source[end] === '\n') end = source.length;
    else end += quote !== '`' && source[end] === '\\' ? 2 : 1;
  }
  if (end >= source.length) throw new TemplateSyntaxError(`unterminated ${what}`, at);
  return { kind: quote === "'" ? 'char' : 'string', text: source.slice(at, end + 1), at };
}

/** The value of a string token. */
export function stringValue(token: ActionToken): string {
  const value = unquote(token.text);
  if (value === undefined) throw new TemplateSyntaxError('invalid syntax', token.at);
  return value;
}
