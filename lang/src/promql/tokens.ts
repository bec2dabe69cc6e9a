export const AGGREGATE_OPERATORS = [
  'avg',
  'bottomk',
  'count',
  'count_values',
  'group',
  'limit_ratio',
  'limitk',
  'max',
  'min',
  'quantile',
  'stddev',
  'stdvar',
  'sum',
  'topk',
] as const;
export type AggregateOperator = (typeof AGGREGATE_OPERATORS)[number];

export const BINARY_OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  'atan2',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '</',
  '>/',
  'and',
  'or',
  'unless',
] as const;
export type BinaryOperator = (typeof BINARY_OPERATORS)[number];

/** Words with a meaning of their own; compared without case. */
export const MODIFIER_KEYWORDS = [
  'bool',
  'by',
  'group_left',
  'group_right',
  'fill',
  'fill_left',
  'fill_right',
  'ignoring',
  'offset',
  'smoothed',
  'anchored',
  'on',
  'without',
] as const;
const PREPROCESSORS = ['start', 'end', 'step', 'range', 'max_of', 'min_of'] as const;
const WORD_OPERATORS = ['and', 'or', 'unless', 'atan2'] as const;

/**
 * What a token is. Punctuation, operators and keywords are their own kind, keywords in lower case.
 * `error` carries the lexer's message as its text.
 */
export type TokenKind =
  | 'eof'
  | 'error'
  | 'comment'
  | 'identifier'
  | 'metric-identifier'
  | 'string'
  | 'number'
  | 'duration'
  | '('
  | ')'
  | '{'
  | '}'
  | '['
  | ']'
  | ','
  | ':'
  | '='
  | '=~'
  | '!~'
  | '@'
  | BinaryOperator
  | AggregateOperator
  | (typeof MODIFIER_KEYWORDS)[number]
  | (typeof PREPROCESSORS)[number];

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const aggregates: ReadonlySet<string> = new Set(AGGREGATE_OPERATORS);
const binaries: ReadonlySet<string> = new Set(BINARY_OPERATORS);
const modifiers: ReadonlySet<string> = new Set(MODIFIER_KEYWORDS);
const operatorKinds: ReadonlySet<string> = new Set([...BINARY_OPERATORS, '=~', '!~', '@']);
const words = new Map<string, TokenKind>([
  ...[...AGGREGATE_OPERATORS, ...MODIFIER_KEYWORDS, ...PREPROCESSORS, ...WORD_OPERATORS].map(
    (word) => [word, word] as const,
  ),
  ['inf', 'number'],
  ['nan', 'number'],
]);
const metricWords: ReadonlySet<string> = new Set([
  ...AGGREGATE_OPERATORS,
  ...PREPROCESSORS,
  'by',
  'fill',
  'fill_left',
  'fill_right',
  'and',
  'or',
  'unless',
  'offset',
  'without',
  'anchored',
  'smoothed',
  'identifier',
  'metric-identifier',
]);

export const isAggregateOperator = (kind: string): kind is AggregateOperator => aggregates.has(kind);
export const isBinaryOperator = (kind: string): kind is BinaryOperator => binaries.has(kind);
export const isComparison = (kind: string): boolean => ['==', '!=', '<', '<=', '>', '>='].includes(kind);
export const isSetOperator = (kind: string): boolean => kind === 'and' || kind === 'or' || kind === 'unless';
export const hasParameter = (kind: AggregateOperator): boolean =>
  ['topk', 'bottomk', 'count_values', 'quantile', 'limitk', 'limit_ratio'].includes(kind);

/** The keyword (or number word) a word stands for, without regard to case; undefined for plain identifiers. */
export const keywordOf = (word: string): TokenKind | undefined => words.get(word.toLowerCase());
/** Tokens that may be a metric's name where an expression begins. */
export const isMetricName = (kind: TokenKind): boolean => metricWords.has(kind);
/** Tokens that may be a label's name inside `by (…)`: keywords lose their meaning there. */
export const isLabelWord = (token: Token): boolean =>
  token.kind === 'identifier' ||
  (words.has(token.kind) && /^[A-Za-z_][A-Za-z0-9_]*$/.test(token.text)) ||
  (token.kind === 'number' && words.has(token.text.toLowerCase()));

/** Quoted as Go's %q: for messages that must read as upstream's. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\\b', '\\b').replaceAll('\\f', '\\f');
}

/** A token as error messages name it: `identifier "foo"`, `<op:+>`, `end of input`. */
export function describe(token: Token): string {
  const { kind, text } = token;
  switch (kind) {
    case 'eof':
      return 'end of input';
    case 'error':
      return `error ${text}`;
    case 'comment':
      return `comment ${quoted(text)}`;
    case 'identifier':
      return `identifier ${quoted(text)}`;
    case 'metric-identifier':
      return `metric identifier ${quoted(text)}`;
    case 'string':
    case 'number':
    case 'duration':
      return `${kind} ${shortened(text)}`;
  }
  if (modifiers.has(kind)) return `<${text}>`;
  if (aggregates.has(kind)) return `<aggr:${text}>`;
  if (operatorKinds.has(kind)) return `<op:${text}>`;
  return shortened(text);
}

function shortened(text: string): string {
  return text.length > 10 ? `${quoted(text.slice(0, 10))}...` : quoted(text);
}
