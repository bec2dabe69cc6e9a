import { bounded, peek, type TokenCursor } from '../token_cursor.ts';
import { errorAt, type TraceqlParseError } from './errors.ts';
import type { Token } from './lexer.ts';

export { accept, peek, spanFrom } from '../token_cursor.ts';

/** Where the parser stands. */
export type Cursor = TokenCursor<Token>;

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

/** Reads by a rule that may call itself, to a bounded depth. @throws TraceqlParseError */
export function nested<R>(cursor: Cursor, rule: () => R): R {
  return bounded(cursor, rule, errorAt);
}
