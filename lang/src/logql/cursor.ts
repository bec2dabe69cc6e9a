import { RANGE_OPERATIONS, type Span, VECTOR_OPERATIONS } from './ast.ts';
import type { Token } from './lexer.ts';
import { errorAt, errorWithoutPlace, type LogqlParseError } from './parse_error.ts';

/** Where the parser stands: the tokens of one query and the next one to read. */
export interface Cursor {
  readonly input: string;
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

const MAX_DEPTH = 100;

export function peek(cursor: Cursor, ahead = 0): Token {
  const token = cursor.tokens[Math.min(cursor.next + ahead, cursor.tokens.length - 1)];
  if (token === undefined) throw new Error('a token list always ends with EOF or ERROR');
  return token;
}

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

/** Takes the next token if it is of the kind. */
export function accept(cursor: Cursor, kind: string): boolean {
  if (!at(cursor, kind)) return false;
  cursor.next++;
  return true;
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

/** From the start of a token to the end of the last one taken. */
export function spanFrom(cursor: Cursor, start: number): Span {
  return { start, end: cursor.tokens[cursor.next - 1]?.end ?? start };
}

/** Runs a nested rule; queries nested deeper than any sane one are refused before the stack is at risk. */
export function nested<T>(cursor: Cursor, rule: () => T): T {
  if (++cursor.depth > MAX_DEPTH) {
    const token = peek(cursor);
    throw errorAt(cursor.input, `expression nested deeper than ${MAX_DEPTH} levels`, token.start, token.end);
  }
  const result = rule();
  cursor.depth--;
  return result;
}
