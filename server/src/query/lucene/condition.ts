/** How a value is tested. Patterns are RE2 and describe the whole value. */
export type ValueTest =
  | { readonly kind: 'equals'; readonly values: readonly string[] }
  /** A word, or words that stand together, whatever their case. */
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | WildcardTest
  | { readonly kind: 'compare'; readonly operator: '<' | '<=' | '>' | '>='; readonly value: number | string }
  | { readonly kind: 'present' };

/** `*` is any text, `?` any character, `\\` stands before one that means itself. */
export interface WildcardTest {
  readonly kind: 'wildcard';
  readonly wildcard: string;
  readonly ignoreCase: boolean;
}

/** What a search asks of a record: Elasticsearch's query DSL and Lucene's query strings both become this. */
export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'field'; readonly field: string; readonly test: ValueTest }
  /** ns since the epoch, half open; undefined is no bound. */
  | { readonly kind: 'time'; readonly startNs?: bigint | undefined; readonly endNs?: bigint | undefined }
  | { readonly kind: 'ids'; readonly ids: readonly string[] };

/** A search that cannot be understood or is not supported; the message is for the person who asks. */
export class LuceneError extends Error {
  override readonly name = 'LuceneError';
}

/** A wildcard as an RE2 pattern; `any` is what `?` stands for. */
export function wildcardPattern({ wildcard, ignoreCase }: Omit<WildcardTest, 'kind'>, any = '.'): string {
  let pattern = '';
  for (let i = 0; i < wildcard.length; i++) {
    const character = wildcard[i] ?? '';
    if (character === '*') pattern += `${any}*`;
    else if (character === '?') pattern += any;
    else pattern += quoted(character === '\\' ? (wildcard[++i] ?? '\\') : character);
  }
  return ignoreCase ? `(?i:${pattern})` : pattern;
}

/** A text as a wildcard that matches it alone. */
export function literalWildcard(text: string): string {
  return text.replace(/[\\*?]/g, '\\$&');
}

/** A pattern of a text that has a word, or words beside each other, that `word` is a pattern of, whatever their case. */
export function patternOfWord(word: string): string {
  return `(?is:(?:.*[^\\pL\\pN])?(?:${word})(?:[^\\pL\\pN].*)?)`;
}

/** A character as RE2 takes it for itself. */
function quoted(character: string): string {
  return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
}
