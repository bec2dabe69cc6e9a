import type { Span } from './ast.ts';
import { errorAt, type TraceqlParseError } from './errors.ts';
import type { Token } from './lexer.ts';

/** A place in a query's tokens. */
export interface Cursor {
  readonly input: string;
  /** Ends with EOF. */
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

const MAX_DEPTH = 100;

export function peek(cursor: Cursor, ahead = 0): Token {
  const token = cursor.tokens[Math.min(cursor.next + ahead, cursor.tokens.length - 1)];
  if (token === undefined) throw new Error('a token list always ends with EOF');
  return token;
}

/** Goes past the next token if it is of this kind. */
export function accept(cursor: Cursor, kind: string): boolean {
  if (peek(cursor).kind !== kind) return false;
  cursor.next++;
  return true;
}

/** The next token, which must be of this kind. @throws TraceqlParseError */
export function expect(cursor: Cursor, kind: string): Token {
  const token = peek(cursor);
  if (token.kind !== kind) throw unexpected(cursor, kind);
  cursor.next++;
  return token;
}

export function unexpected(cursor: Cursor, expecting?: string): TraceqlParseError {
  const token = peek(cursor);
  const shown = token.kind === 'EOF' ? '$end' : token.kind;
  const list = expecting === undefined ? '' : `, expecting ${expecting}`;
  return errorAt(
    cursor.input,
    `syntax error: unexpected ${shown}${list}`,
    token.start,
    Math.max(token.end, token.start + 1),
  );
}

/** From `start` to the end of the last token read. */
export function spanFrom(cursor: Cursor, start: number): Span {
  return { start, end: cursor.tokens[cursor.next - 1]?.end ?? start };
}

/** Reads by a rule that may call itself, to a bounded depth. @throws TraceqlParseError */
export function nested<T>(cursor: Cursor, rule: () => T): T {
  if (++cursor.depth > MAX_DEPTH)
    throw errorAt(cursor.input, `expression nested deeper than ${MAX_DEPTH} levels`, peek(cursor).start);
  const result = rule();
  cursor.depth--;
  return result;
}
