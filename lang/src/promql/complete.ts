import { FUNCTIONS } from './functions.ts';
import { tokenize } from './lexer.ts';
import { unquote } from './quote.ts';
import { AGGREGATE_OPERATORS, isAggregateOperator, isBinaryOperator, type Token } from './tokens.ts';

/** What may stand at a cursor. */
export type Expected =
  | { readonly kind: 'metric' }
  | { readonly kind: 'function'; readonly names: readonly string[] }
  | { readonly kind: 'aggregation'; readonly names: readonly string[] }
  | { readonly kind: 'label-name'; readonly metric: string }
  | { readonly kind: 'label-value'; readonly label: string; readonly metric: string }
  | { readonly kind: 'keyword'; readonly names: readonly string[] }
  | { readonly kind: 'duration' };

export interface CompletionContext {
  /** The text to be replaced: from here to the cursor. */
  readonly from: number;
  /** What is typed already. */
  readonly prefix: string;
  readonly expected: readonly Expected[];
}

const AFTER_EXPRESSION = ['offset', 'and', 'or', 'unless', 'by', 'without'];
const AFTER_OPERATOR = ['bool', 'on', 'ignoring'];
const FUNCTION_NAMES = [...FUNCTIONS.keys()].sort();
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** Finds out what may stand at a position of a query that is being written; never throws. */
export function completionContext(input: string, position: number): CompletionContext {
  const before = input.slice(0, position);
  const tokens = tokenize(before).filter(({ kind }) => kind !== 'comment' && kind !== 'eof');
  const broken = tokens.at(-1)?.kind === 'error' ? tokens.pop() : undefined;
  const word = /[a-zA-Z_:][a-zA-Z0-9_:]*$/.exec(before)?.[0] ?? '';
  if (broken?.text.startsWith('unterminated') === true) return insideString(before, tokens, broken.start);
  const last = tokens.at(-1);
  if (word !== '' && last !== undefined && last.end === position && last.text.endsWith(word)) tokens.pop();
  const from = position - word.length;
  return { from, prefix: word, expected: expectedAfter(tokens) };
}

function insideString(before: string, tokens: readonly Token[], start: number): CompletionContext {
  const from = start + 1;
  const operator = tokens.at(-1);
  const label = tokens.at(-2);
  const matching = operator !== undefined && ['=', '!=', '=~', '!~'].includes(operator.kind);
  const expected: Expected[] =
    matching && label !== undefined ? [{ kind: 'label-value', label: plain(label), metric: metricOf(tokens) }] : [];
  return { from, prefix: before.slice(from), expected };
}

const plain = (token: Token): string => (token.kind === 'string' ? unquote(token.text) : token.text);

function expectedAfter(tokens: readonly Token[]): readonly Expected[] {
  const last = tokens.at(-1);
  const open = innermost(tokens);
  if (open?.kind === '{') {
    const names = last?.kind === '{' || last?.kind === ',';
    return names ? [{ kind: 'label-name', metric: metricOf(tokens) }] : [];
  }
  if (open?.kind === '[') return [{ kind: 'duration' }];
  if (open?.kind === '(' && isGrouping(tokens, open)) {
    return last === open || last?.kind === ',' ? [{ kind: 'label-name', metric: firstMetric(tokens) }] : [];
  }
  if (last?.kind === 'offset') return [{ kind: 'duration' }];
  if (last === undefined || last.kind === '(' || last.kind === ',') return start();
  if (isBinaryOperator(last.kind) || last.kind === 'bool')
    return [...start(), { kind: 'keyword', names: AFTER_OPERATOR }];
  if (isAggregateOperator(last.kind)) return [{ kind: 'keyword', names: ['by', 'without'] }];
  return [{ kind: 'keyword', names: AFTER_EXPRESSION }];
}

const start = (): readonly Expected[] => [
  { kind: 'metric' },
  { kind: 'function', names: FUNCTION_NAMES },
  { kind: 'aggregation', names: AGGREGATE_OPERATORS },
];

/** The bracket that is open at the end of the tokens. */
function innermost(tokens: readonly Token[]): Token | undefined {
  const stack: Token[] = [];
  for (const token of tokens) {
    if (token.kind === '(' || token.kind === '{' || token.kind === '[') stack.push(token);
    else if (token.kind === ')' || token.kind === '}' || token.kind === ']') stack.pop();
  }
  return stack.at(-1);
}

function isGrouping(tokens: readonly Token[], open: Token): boolean {
  const before = tokens[tokens.indexOf(open) - 1];
  return before !== undefined && GROUPING.has(before.kind);
}

/** The metric whose braces are open, or the empty string. */
function metricOf(tokens: readonly Token[]): string {
  const open = innermost(tokens);
  const before = open === undefined ? undefined : tokens[tokens.indexOf(open) - 1];
  return before?.kind === 'identifier' || before?.kind === 'metric-identifier' ? before.text : '';
}

/** The first metric named in the query: what grouping labels most likely belong to. */
function firstMetric(tokens: readonly Token[]): string {
  const found = tokens.find(
    (token, i) => (token.kind === 'identifier' || token.kind === 'metric-identifier') && tokens[i + 1]?.kind !== '(',
  );
  return found?.text ?? '';
}
