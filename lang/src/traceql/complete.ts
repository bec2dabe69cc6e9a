/** What may be typed at a place of a query. `from` is the offset the completion replaces from. */
export type CompletionContext =
  | { readonly kind: 'field'; readonly from: number }
  /** `quoted` says whether an opening quote stands at `from`. */
  | { readonly kind: 'value'; readonly from: number; readonly field: string; readonly quoted: boolean }
  | { readonly kind: 'words'; readonly from: number; readonly words: readonly string[] }
  | { readonly kind: 'none' };

const STAGES = ['by(', 'select(', 'coalesce()', 'count()', 'avg(', 'min(', 'max(', 'sum('];
const METRICS = [
  'rate()',
  'count_over_time()',
  'min_over_time(',
  'max_over_time(',
  'avg_over_time(',
  'sum_over_time(',
  'quantile_over_time(',
  'histogram_over_time(',
  'compare(',
  'topk(',
  'bottomk(',
];
/** Calls whose arguments are fields. */
const OF_FIELDS = /(?:\b(?:by|select|avg|min|max|sum|\w+_over_time)\s*)\((?:[^()]*,)?\s*$/;
const COMPARED = /([^\s{}()=~!<>&|,]+)\s*(?:=~|!~|!=|>=|<=|=|>|<)\s*$/;
const WORD = /[\w.:/-]*$/;

/**
 * The completion at `offset` of a query, complete or not: fields and their values between braces, stages after `|`, fields in
 * the parentheses of a stage.
 */
export function completionContext(query: string, offset: number): CompletionContext {
  const before = query.slice(0, offset);
  const { string, inBraces } = placeOf(before);
  if (string >= 0) {
    const field = COMPARED.exec(before.slice(0, string))?.[1];
    return field === undefined ? { kind: 'none' } : { kind: 'value', from: string, field, quoted: true };
  }
  const word = WORD.exec(before)?.[0] ?? '';
  const from = offset - word.length;
  const context = before.slice(0, from).trimEnd();
  if (inBraces) {
    const field = COMPARED.exec(context)?.[1];
    if (field !== undefined) return { kind: 'value', from, field, quoted: false };
    if (/(?:[{(!]|&&|\|\||[-+*/%^])$/.test(context)) return { kind: 'field', from };
    return { kind: 'words', from, words: ['&&', '||'] };
  }
  if (OF_FIELDS.test(context)) return { kind: 'field', from };
  if (context.endsWith('||') || context.endsWith('&&') || context === '') return { kind: 'words', from, words: ['{'] };
  if (context.endsWith('|')) return { kind: 'words', from, words: [...STAGES, ...METRICS] };
  if (/_over_time\s*\([^()]*\)$|\b(?:rate|count_over_time)\s*\(\s*\)$/.test(context))
    return { kind: 'words', from, words: ['by('] };
  return { kind: 'none' };
}

/** Whether text ends inside braces, and the offset of the quote that is still open (-1 when none is). */
function placeOf(text: string): { readonly string: number; readonly inBraces: boolean } {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{') depth++;
    else if (char === '}') depth = Math.max(0, depth - 1);
    else if (char === '"' || char === '`') {
      const end = closing(text, at);
      if (end < 0) return { string: at, inBraces: depth > 0 };
      at = end;
    }
  }
  return { string: -1, inBraces: depth > 0 };
}

/** The offset of the quote that closes the one at `open`, or -1. */
function closing(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === text[open]) return at;
    if (text[at] === '\\' && text[open] === '"') at++;
  }
  return -1;
}
