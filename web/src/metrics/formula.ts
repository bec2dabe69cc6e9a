import { PromqlParseError, parse, walk } from '@trilith/lang/promql';
import type { Letter, QueryRow } from './queryRows.ts';

/** A row with the PromQL that is really asked, or why it cannot be asked. */
export interface AskedRow {
  readonly row: QueryRow;
  /** Empty when there is nothing to ask. */
  readonly query: string;
  /** The letter of a formula that names no usable query. */
  readonly missing: string | null;
}

/** Formulas may double the text at every letter; what comes out is bounded. */
const longestQuery = 20_000;

/**
 * The queries of the rows: in a formula every selector that is only a letter stands for the query of that row, in
 * parentheses. A formula sees the rows before it, so it cannot refer to itself.
 */
export function askedRows(rows: readonly QueryRow[]): readonly AskedRow[] {
  const known = new Map<string, string>();
  return rows.map((row) => {
    const asked = row.formula ? expanded(row, known) : { row, query: row.text.trim(), missing: null };
    if (asked.query !== '') known.set(row.letter, asked.query);
    return asked;
  });
}

function expanded(row: QueryRow, known: ReadonlyMap<string, string>): AskedRow {
  const letters = lettersIn(row.text);
  // A formula that does not parse is asked as it is: the answer says what is wrong and where.
  if (letters === null) return { row, query: row.text.trim(), missing: null };
  const missing = letters.find(({ letter }) => !known.has(letter));
  if (missing !== undefined) return { row, query: '', missing: missing.letter };
  let query = '';
  let from = 0;
  for (const { letter, start } of letters) {
    query += `${row.text.slice(from, start)}(${known.get(letter) ?? ''})`;
    from = start + letter.length;
  }
  query = (query + row.text.slice(from)).trim();
  return query.length > longestQuery ? { row, query: '', missing: row.letter } : { row, query, missing: null };
}

/** Where a formula names rows, in order; null when it does not parse. */
function lettersIn(text: string): readonly { readonly letter: Letter | string; readonly start: number }[] | null {
  if (text.trim() === '') return [];
  const found: { letter: string; start: number }[] = [];
  try {
    walk(parse(text), (expr) => {
      if (expr.kind === 'vector-selector' && /^[A-H]$/.test(expr.name) && expr.matchers.length === 1)
        found.push({ letter: expr.name, start: expr.range.start });
    });
  } catch (error) {
    if (error instanceof PromqlParseError) return null;
    throw error;
  }
  return found.sort((a, b) => a.start - b.start);
}
