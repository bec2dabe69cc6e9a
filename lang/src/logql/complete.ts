import { RANGE_OPERATIONS, VECTOR_OPERATIONS } from './ast.ts';
import { type Token, tokenize } from './lexer.ts';
import { STAGE_NAMES } from './parse_stages.ts';

/** What may be typed at a place of a query. `from` is the offset the completion replaces from. */
export type CompletionContext =
  | { readonly kind: 'label_name'; readonly from: number; readonly selector: string }
  | { readonly kind: 'label_value'; readonly from: number; readonly label: string; readonly selector: string }
  | { readonly kind: 'words'; readonly from: number; readonly words: readonly string[]; readonly fields: boolean }
  | { readonly kind: 'none' };

const COMPARISONS = new Set(['=', '!=', '=~', '!~']);

/**
 * The completion at `offset` of a query, complete or not: label names and values inside a selector, stages and field
 * names after `|`, functions where a metric may begin. `selector` is the part of the selector already written.
 */
export function completionContext(query: string, offset: number): CompletionContext {
  const before = tokenize(query.slice(0, offset)).filter((t) => t.kind !== 'EOF');
  const last = before.at(-1);
  const typing = last !== undefined && last.end === offset && /^[\p{L}_]/u.test(last.text);
  const from = typing ? last.start : offset;
  const context = typing ? before.slice(0, -1) : before;
  const previous = context.at(-1);
  const brace = openBrace(context);
  if (brace >= 0) return inSelector(query, context, brace, from, offset);
  if (previous === undefined || previous.kind === '(' || isOperator(previous)) {
    return {
      kind: 'words',
      from,
      words: [...RANGE_OPERATIONS, ...VECTOR_OPERATIONS, 'vector', 'label_replace'],
      fields: false,
    };
  }
  if (previous.kind === '|') return { kind: 'words', from, words: STAGE_NAMES, fields: true };
  if (['by', 'without', 'and', 'or', 'unwrap', 'drop', 'keep', ','].includes(previous.kind)) {
    return { kind: 'words', from, words: [], fields: true };
  }
  return { kind: 'none' };
}

function isOperator(token: Token): boolean {
  return ['+', '-', '*', '/', '%', '^', '==', '>', '<', '>=', '<='].includes(token.kind);
}

/** The index of the `{` that is not closed yet, or -1. */
function openBrace(tokens: readonly Token[]): number {
  for (let i = tokens.length - 1; i >= 0; i--) {
    if (tokens[i]?.kind === '}') return -1;
    if (tokens[i]?.kind === '{') return i;
  }
  return -1;
}

function inSelector(
  query: string,
  tokens: readonly Token[],
  brace: number,
  from: number,
  offset: number,
): CompletionContext {
  const open = tokens[brace];
  const previous = tokens.at(-1);
  if (open === undefined || previous === undefined) return { kind: 'none' };
  const unterminated = previous.kind === 'ERROR' ? tokens.at(-2) : previous;
  const lastComma = tokens.findLastIndex((t) => t.kind === ',' || t.kind === '{');
  const written = query.slice(open.start, tokens[lastComma]?.start ?? open.end);
  const selector = written.length > 1 ? `${written}}` : '{}';
  if (unterminated !== undefined && COMPARISONS.has(unterminated.kind)) {
    const label = tokens[tokens.indexOf(unterminated) - 1]?.string ?? '';
    const start = previous.kind === 'ERROR' ? previous.start : offset;
    return { kind: 'label_value', from: start, label, selector };
  }
  if (previous.kind === '{' || previous.kind === ',') return { kind: 'label_name', from, selector };
  return { kind: 'none' };
}
