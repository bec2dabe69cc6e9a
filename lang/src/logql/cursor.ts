import { accept, bounded, peek, type TokenCursor } from '../token_cursor.ts';
import { RANGE_OPERATIONS, VECTOR_OPERATIONS } from './ast.ts';
import type { Token } from './lexer.ts';
import { errorAt, errorWithoutPlace, type LogqlParseError } from './parse_error.ts';

export { accept, peek, spanFrom } from '../token_cursor.ts';

/** Where the parser stands. */
export type Cursor = TokenCursor<Token>;

export function at(cursor: Cursor, ...kinds: readonly string[]): boolean {
  return kinds.includes(peek(cursor).kind);
}

/** Takes the next token; `expecting` is the list shown when it is not of a given kind. */
export function take(cursor: Cursor, ...kinds: readonly string[]): Token {
  if (!at(cursor, ...kinds)) throw unexpected(cursor, kinds);
  const token = peek(cursor);
  cursor.next++;
  return token;
}

/** Takes the parenthesis that ends something of many continuations, for which Loki's parser names none. */
export function close(cursor: Cursor): void {
  if (!accept(cursor, ')')) throw unexpected(cursor);
}

/** The error at the next token, as Loki's generated parser words it: at most four expected tokens are named. */
export function unexpected(cursor: Cursor, expecting: readonly string[] = []): LogqlParseError {
  const token = peek(cursor);
  if (token.kind === 'ERROR') return errorAt(cursor.input, token.string, token.start, token.end);
  const shown = shownKind(token.kind);
  const list =
    expecting.length > 0 && expecting.length <= 4 ? `, expecting ${expecting.map(shownKind).join(' or ')}` : '';
  if (token.kind === 'EOF' && cursor.next === 0) {
    return errorWithoutPlace(`syntax error: unexpected ${shown}${list}`, { start: 0, end: 1 });
  }
  return errorAt(
    cursor.input,
    `syntax error: unexpected ${shown}${list}`,
    token.start,
    Math.max(token.end, token.start + 1),
  );
}

const SHOWN: Readonly<Record<string, string>> = { EOF: '$end', INVALID: 'IDENTIFIER', FLAG: 'FUNCTION_FLAG' };
const FUNCTION_NAMES = new Set<string>([...RANGE_OPERATIONS, ...VECTOR_OPERATIONS, 'vector']);
const CONVERSIONS = new Set(['bytes', 'duration', 'duration_seconds']);

/** A kind of token as Loki's generated parser calls it. */
function shownKind(kind: string): string {
  if (FUNCTION_NAMES.has(kind)) return kind.toUpperCase();
  return CONVERSIONS.has(kind) ? `${kind.toUpperCase()}_CONV` : (SHOWN[kind] ?? kind);
}

/** Reads by a rule that may call itself, to a bounded depth. @throws LogqlParseError */
export function nested<R>(cursor: Cursor, rule: () => R): R {
  return bounded(cursor, rule, errorAt);
}
