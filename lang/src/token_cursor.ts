/** What a parser needs of a token: its kind and where it stands, UTF-16 offsets. */
interface PlacedToken {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** Where a parser stands: the tokens of one query, which end with one of the kind EOF or ERROR, and the next one to read. */
export interface TokenCursor<T extends PlacedToken> {
  readonly input: string;
  readonly tokens: readonly T[];
  next: number;
  depth: number;
}

const MAX_DEPTH = 100;

export function peek<T extends PlacedToken>(cursor: TokenCursor<T>, ahead = 0): T {
  const token = cursor.tokens[Math.min(cursor.next + ahead, cursor.tokens.length - 1)];
  if (token === undefined) throw new Error('a token list always ends with EOF or ERROR');
  return token;
}

/** Takes the next token if it is of this kind. */
export function accept<T extends PlacedToken>(cursor: TokenCursor<T>, kind: string): boolean {
  if (peek(cursor).kind !== kind) return false;
  cursor.next++;
  return true;
}

/** From `start` to the end of the last token taken. */
export function spanFrom<T extends PlacedToken>(
  cursor: TokenCursor<T>,
  start: number,
): { readonly start: number; readonly end: number } {
  return { start, end: cursor.tokens[cursor.next - 1]?.end ?? start };
}

/**
 * Runs a rule that may call itself; queries nested deeper than any sane one are refused before the stack is at risk.
 * @param errorAt makes the error for a place in the query
 */
export function bounded<T extends PlacedToken, R>(
  cursor: TokenCursor<T>,
  rule: () => R,
  errorAt: (input: string, detail: string, start: number, end: number) => Error,
): R {
  if (++cursor.depth > MAX_DEPTH) {
    const { start, end } = peek(cursor);
    throw errorAt(cursor.input, `expression nested deeper than ${MAX_DEPTH} levels`, start, end);
  }
  const result = rule();
  cursor.depth--;
  return result;
}
