import { quote, RANGE_OPERATIONS, VECTOR_OPERATIONS } from '@trilith/lang/logql';
import { filterName, parsed, selectorsIn } from './refine.ts';

export interface SearchOptions {
  readonly caseSensitive: boolean;
  readonly wholeWord: boolean;
  readonly regex: boolean;
}

/** Fields that every door stores beside the line, so a filter on them needs no parser stage. */
const storedFields = new Set(['trace_id', 'span_id', 'request_id', 'user_id', 'level', 'service']);
/** Words people use for the two labels every stream has. */
const labelWords = new Map([
  ['service', 'service'],
  ['service_name', 'service'],
  ['service.name', 'service'],
  ['level', 'level'],
  ['severity', 'level'],
]);

/** An aggregation that has been begun: its name, then a parenthesis or a grouping. */
const aggregation = new RegExp(
  `^(?:${[...RANGE_OPERATIONS, ...VECTOR_OPERATIONS, 'label_replace'].join('|')})\\s*(?:\\(|(?:by|without)\\b)`,
);

/**
 * True when the text is LogQL rather than words: it selects lines, or it plainly begins as something that would. `404` or
 * `2026-11-23` parse as LogQL's numbers, but who types them into a box over log lines looks for them.
 */
export function isLogql(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || (trimmed.includes('{') && aggregation.test(trimmed))) return true;
  const expr = parsed(trimmed);
  return expr !== null && selectorsIn(expr).length > 0;
}

interface Word {
  readonly text: string;
  readonly key: string;
  readonly negated: boolean;
}

/** Splits `-level:debug user_id:"a b" timeout` into words, keys and negations; quotes keep spaces together. */
function words(text: string): readonly Word[] {
  const out: Word[] = [];
  const pattern = /(-?)(?:([A-Za-z_][\w.]*):(?!\/\/))?(?:"([^"]*)"|(\S+))/g;
  for (const match of text.matchAll(pattern)) {
    const value = match[3] ?? match[4] ?? '';
    if (value !== '') out.push({ text: value, key: match[2] ?? '', negated: match[1] === '-' });
  }
  return out;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

function lineFilter(text: string, negated: boolean, options: SearchOptions): string {
  if (options.caseSensitive && !options.wholeWord && !options.regex) return `${negated ? '!=' : '|='} ${quote(text)}`;
  const body = options.regex ? text : escapePattern(text);
  const bounded = options.wholeWord ? `\\b${options.regex ? `(?:${body})` : body}\\b` : body;
  return `${negated ? '!~' : '|~'} ${quote(options.caseSensitive ? bounded : `(?i)${bounded}`)}`;
}

/**
 * The LogQL a box's text stands for. LogQL passes as it is; words become line filters, `key:value` a matcher or a field
 * filter, `-` negates. `scope` is the header's service.
 */
export function toLogql(text: string, options: SearchOptions, scope: string): string {
  const trimmed = text.trim();
  if (trimmed !== '' && isLogql(trimmed)) return trimmed;
  const matchers: string[] = [];
  const stages: string[] = [];
  const fields: string[] = [];
  let parses = false;
  const parts = options.regex && trimmed !== '' ? [{ text: trimmed, key: '', negated: false }] : words(trimmed);
  for (const { text: word, key, negated } of parts) {
    const label = labelWords.get(key);
    const operator = negated ? '!=' : '=';
    if (label === 'level') matchers.push(`level${operator}${quote(word.toUpperCase())}`);
    else if (label !== undefined) matchers.push(`${label}${operator}${quote(word)}`);
    else if (key !== '') {
      const { name, extract } = filterName(key.replaceAll('.', '_'));
      if (extract !== null) stages.push(extract);
      else parses ||= !storedFields.has(name);
      fields.push(`${name}${operator}${quote(word)}`);
    } else stages.push(lineFilter(word, negated, options));
  }
  if (scope !== '' && !matchers.some((matcher) => matcher.startsWith('service')))
    matchers.unshift(`service=${quote(scope)}`);
  if (!matchers.some((matcher) => /^\w+=(?!~)/.test(matcher))) matchers.unshift('service=~".+"');
  if (parses) stages.push('| json');
  return [`{${matchers.join(', ')}}`, ...stages, ...fields.map((field) => `| ${field}`)].join(' ');
}

/** The word the caret is in: a key to complete, or behind a colon a value of that key. */
export interface WordAt {
  /** Where what is typed of the key or value begins, and the caret. */
  readonly from: number;
  readonly to: number;
  /** Empty while the key itself is typed. */
  readonly key: string;
  readonly typed: string;
}

/** What stands before the caret, for completion; null inside a quoted text. */
export function wordAt(text: string, caret: number): WordAt | null {
  const before = text.slice(0, caret);
  const match = /(?:^|\s)-?(?:([A-Za-z_][\w.]*):)?("?)([^\s"]*)$/.exec(before);
  const quoted = before.split('"').length % 2 === 0;
  if (match === null || (quoted && match[2] === '')) return null;
  const typed = match[3] ?? '';
  return { from: caret - typed.length - (match[2] ?? '').length, to: caret, key: match[1] ?? '', typed };
}

/** The text with the word completed: a key gets its colon, a value its quotes where it needs them and a space after. */
export function completed(
  text: string,
  word: WordAt,
  choice: string,
): { readonly text: string; readonly caret: number } {
  const value = /^[^\s":]+$/.test(choice) ? choice : `"${choice.replaceAll('"', '')}"`;
  const put = word.key === '' ? `${choice}:` : `${value} `;
  const after = text
    .slice(word.to)
    .replace(/^"?/, '')
    .replace(/^ /, word.key === '' ? ' ' : '');
  return { text: text.slice(0, word.from) + put + after, caret: word.from + put.length };
}
