import { bind, join, type Sql, sql, trusted } from '../sql.ts';
import { TRACE_ID_OF_RECORD } from '../trace_places.ts';

/**
 * Searching lines by the text index. It is over `IndexedWords`, the line in lower case without its trace id and with digits
 * told apart in groups, split at everything that is no ASCII letter or digit (`schema/0021_log_word_index.sql`, `0024_trace_places.sql`): its
 * words are those of the line but one, which is the row's trace id. Conditions on `IndexedWords` only narrow what is read; the line
 * itself decides, except about a plain word without digits.
 */

/** Written in lower case, as ids are. */
const TRACE_ID = /^[0-9a-f]{32}$/;
/** What may be a part of a trace id. */
const MAY_BE_OF_ID = /^[0-9a-f]{1,31}$/;
/** For less of a word the engine does not ask its dictionary (text_index_like_min_pattern_length). */
const SHORTEST_PART = 4;

/** The digit that stands for each digit in the index. */
const DIGIT_GROUPS = '0001112222';

/** Text as it stands in the index. */
function indexed(text: string): string {
  return text.replace(/[0-9]/g, (digit) => DIGIT_GROUPS[Number(digit)] ?? digit);
}

/** RE2: the words with anything but letters and digits between them, and none of those on either side. */
export function wordPattern(text: string): string {
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (words.length === 0) return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return `(?i)(?:^|[^\\pL\\pN])${words.join('[^\\pL\\pN]+')}(?:[^\\pL\\pN]|$)`;
}

/** A word, or several that stand together, in any case. The index answers a single word of plain letters by itself. */
export function renderWord(subject: Sql, word: string, narrowing: boolean): Sql {
  const pattern = sql`match(${subject}, ${bind.string(wordPattern(word))})`;
  if (!narrowing) return pattern;
  const tokens = word.toLowerCase().match(/[a-z0-9\u0080-\u{10ffff}]+/gu) ?? [];
  const plain = tokens.filter((token) => /^[a-z0-9]+$/.test(token));
  if (plain.length === 0) return pattern;
  const [first] = plain;
  const isLetters = first === word.toLowerCase() && /^[a-z]+$/.test(first);
  if (tokens.length === 1 && isLetters && !TRACE_ID.test(first)) return wholeWords(plain);
  return sql`(${join([...narrowedByWords(plain), pattern], ' AND ')})`;
}

/** A substring of the line, exactly: LIKE, and in front of it what the index can say about the words it lies in. */
export function renderContains(subject: Sql, needle: string, narrowing: boolean): Sql {
  const like = sql`${subject} LIKE ${likePattern(needle)}`;
  if (!narrowing) return like;
  const { words, parts } = wordsOf(needle);
  const conditions = [...narrowedByWords(words), ...parts.map(narrowedByPart)];
  return conditions.length === 0 ? like : sql`(${join([...conditions, like], ' AND ')})`;
}

/**
 * What a needle says about the words of a line: those with a separator on both sides are whole, those at its edges parts of
 * words. Left out is what the index cannot tell: words with other than ASCII letters, parts that are short or may be of a
 * trace id.
 */
function wordsOf(needle: string): { readonly words: readonly string[]; readonly parts: readonly string[] } {
  const words = new Set<string>();
  const parts = new Set<string>();
  for (const match of needle.matchAll(/[A-Za-z0-9\u0080-\u{10ffff}]+/gu)) {
    if (!/^[A-Za-z0-9]+$/.test(match[0])) continue;
    const word = match[0].toLowerCase();
    const isWhole = match.index > 0 && match.index + word.length < needle.length;
    if (isWhole) words.add(word);
    else if (word.length >= SHORTEST_PART && !MAY_BE_OF_ID.test(word)) parts.add(word);
  }
  return { words: [...words], parts: [...parts] };
}

/** Conditions that hold for every line with these words. */
function narrowedByWords(words: readonly string[]): Sql[] {
  const indexed = words.filter((word) => !TRACE_ID.test(word));
  const ids = words.filter((word) => TRACE_ID.test(word));
  return [
    ...(indexed.length === 0 ? [] : [wholeWords(indexed)]),
    ...ids.map((id) => sql`(${trusted(TRACE_ID_OF_RECORD)} = ${bind.string(id)} OR ${wholeWords([id])})`),
  ];
}

/** A condition that holds for every line with a word that this is a part of. */
function narrowedByPart(part: string): Sql {
  const inWords = sql`IndexedWords LIKE ${likePattern(indexed(part))}`;
  return TRACE_ID.test(part) ? sql`(${trusted(TRACE_ID_OF_RECORD)} = ${bind.string(part)} OR ${inWords})` : inWords;
}

function wholeWords(words: readonly string[]): Sql {
  return sql`hasAllTokens(${trusted('IndexedWords')}, ${bind.strings(words.map(indexed))})`;
}

function likePattern(text: string): ReturnType<typeof bind.string> {
  return bind.string(`%${text.replace(/[\\%_]/g, '\\$&')}%`);
}
