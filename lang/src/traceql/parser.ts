import type { Hint, TraceqlQuery } from './ast.ts';
import { check } from './check.ts';
import { accept, type Cursor, expect, peek, unexpected } from './cursor.ts';
import { errorAt } from './errors.ts';
import { tokenize } from './lexer.ts';
import { parseStatic } from './parse_field.ts';
import { parseLastStages, parsePipeline, stagesOf } from './parse_pipeline.ts';

const MAX_TRACEQL_LENGTH = 131_072;

/**
 * Reads a TraceQL query (grafana.com/docs/tempo/latest/traceql, as of Tempo 3).
 * @throws TraceqlParseError when it is none; TraceqlCheckError when its types do not go together;
 * TraceqlUnsupportedError, by name, for what upstream can read and not evaluate
 */
export function parse(input: string): TraceqlQuery {
  if (input.length > MAX_TRACEQL_LENGTH) throw errorAt(input, 'the query is too long', 0);
  const cursor: Cursor = { input, tokens: tokenize(input), next: 0, depth: 0 };
  const parsed = parsePipeline(cursor, false);
  const span = { start: 0, end: input.length };
  if (parsed.is === 'metrics') {
    const expr = parseLastStages(cursor, parsed.expr);
    return checked({ kind: 'metrics', expr, hints: parseEnd(cursor), span });
  }
  const stages = stagesOf(cursor, parsed);
  return checked({ kind: 'search', stages, hints: parseEnd(cursor), span });
}

function checked(query: TraceqlQuery): TraceqlQuery {
  check(query);
  return query;
}

/** Reads hints, `with (name = value, …)`, behind which nothing may follow. */
function parseEnd(cursor: Cursor): Hint[] {
  const hints: Hint[] = [];
  while (accept(cursor, 'with')) {
    expect(cursor, '(');
    do hints.push(parseHint(cursor));
    while (accept(cursor, ','));
    expect(cursor, ')');
  }
  if (peek(cursor).kind !== 'EOF') throw unexpected(cursor);
  return hints;
}

function parseHint(cursor: Cursor): Hint {
  const name = expect(cursor, 'IDENTIFIER').text;
  expect(cursor, '=');
  const value = parseStatic(cursor);
  if (value === undefined) throw unexpected(cursor);
  return { name, value };
}
