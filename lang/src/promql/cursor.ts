import { createLexer, type Lexer, nextToken } from './lexer.ts';
import { type Diagnostic, PromqlParseError } from './parse_error.ts';
import type { PositionRange } from './position.ts';
import { describe, type Token, type TokenKind } from './tokens.ts';

/** Parts of the language that upstream keeps behind feature flags. */
export interface ParseOptions {
  /** `limitk`, `info()`, `mad_over_time` … */
  readonly experimentalFunctions?: boolean;
  /** Arithmetic in durations: `[5m * 2]`, `step()`. */
  readonly durationExpressions?: boolean;
  /** `anchored` and `smoothed`. */
  readonly extendedRangeSelectors?: boolean;
  /** `fill`, `fill_left`, `fill_right`. */
  readonly fillModifiers?: boolean;
}

/** Everything on: what upstream's own test scripts run with. */
export const ALL_FEATURES: Required<ParseOptions> = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
};

const MAX_DEPTH = 500;

/** A parse in progress: one token of look-ahead, and the complaints collected so far. */
export interface Cursor {
  readonly input: string;
  readonly options: ParseOptions;
  readonly lexer: Lexer;
  readonly diagnostics: Diagnostic[];
  token: Token;
  /** End of the token before. */
  lastEnd: number;
  depth: number;
  /** What a syntax error is reported as being in: innermost last. */
  readonly contexts: (readonly [context: string, expected: string])[];
}

export function createCursor(input: string, options: ParseOptions): Cursor {
  const lexer = createLexer(input);
  const cursor: Cursor = {
    input,
    options,
    lexer,
    diagnostics: [],
    token: { kind: 'eof', text: '', start: 0, end: 0 },
    lastEnd: 0,
    depth: 0,
    contexts: [],
  };
  read(cursor);
  return cursor;
}

function read(cursor: Cursor): void {
  do cursor.token = nextToken(cursor.lexer);
  while (cursor.token.kind === 'comment');
}

/** Takes the current token and reads the next one. */
export function advance(cursor: Cursor): Token {
  const token = cursor.token;
  cursor.lastEnd = token.end;
  if (token.kind !== 'eof' && token.kind !== 'error') read(cursor);
  return token;
}

export const at = (cursor: Cursor, kind: TokenKind): boolean => cursor.token.kind === kind;

/** Takes the token if it is of this kind. */
export function accept(cursor: Cursor, kind: TokenKind): Token | undefined {
  return cursor.token.kind === kind ? advance(cursor) : undefined;
}

/** Takes a token of this kind or reports a syntax error. */
export function expect(cursor: Cursor, kind: TokenKind, context?: string, expected = ''): Token {
  if (cursor.token.kind === kind) return advance(cursor);
  return context === undefined ? unexpected(cursor) : unexpected(cursor, context, expected);
}

/** Notes a complaint and goes on. */
export function complain(cursor: Cursor, range: PositionRange, message: string): void {
  cursor.diagnostics.push({ range: { start: range.start, end: range.end }, message });
}

/** Ends the parse at the current token, which cannot stand here. */
export function unexpected(cursor: Cursor, context?: string, expected = ''): never {
  const { token } = cursor;
  if (token.kind === 'error') complain(cursor, token, token.text);
  else {
    const [where, wanted] = context === undefined ? (cursor.contexts.at(-1) ?? ['', '']) : [context, expected];
    complain(
      cursor,
      token,
      `unexpected ${describe(token)}${where === '' ? '' : ` in ${where}`}${wanted === '' ? '' : `, expected ${wanted}`}`,
    );
  }
  throw new PromqlParseError(cursor.input, cursor.diagnostics);
}

/** Runs a part of the grammar in which syntax errors are reported with this context. */
export function within<T>(cursor: Cursor, context: string, expected: string, parse: () => T): T {
  cursor.contexts.push([context, expected]);
  const result = parse();
  cursor.contexts.pop();
  return result;
}

/** Guards recursion: hostile nesting must end in an error, not in a stack overflow. */
export function nested<T>(cursor: Cursor, parse: () => T): T {
  if (++cursor.depth > MAX_DEPTH) {
    complain(cursor, cursor.token, `expression is nested deeper than ${MAX_DEPTH} levels`);
    throw new PromqlParseError(cursor.input, cursor.diagnostics);
  }
  const result = parse();
  cursor.depth--;
  return result;
}
