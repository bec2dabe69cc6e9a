/**
 * Finds the value of one key in a line of logfmt: the last pair's whose key `sanitizeName` makes the name of. Undefined where
 * the line has no such key; null where only `parseLogfmt` can tell.
 */
type LogfmtValue = (line: string) => string | undefined | null;

const SPACE = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const UNDERSCORE = 0x5f;
const LAST_ASCII = 0x7f;
const MOST_SEARCHES = 8;

/**
 * Looks for the longest word of a name instead of reading all pairs: words apart from quotes, each is a pair or none for itself.
 * Undefined for names that such a search does not suit.
 */
function logfmtValue(name: string): LogfmtValue | undefined {
  // A key that begins with a digit gets a `_` before it.
  if (!/^(?!_[0-9])[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return undefined;
  const word = name.split('_').reduce((longest, part) => (part.length > longest.length ? part : longest));
  if (word === '') return undefined;
  const offset = name.indexOf(word);
  const codes = Uint8Array.from(name, (char) => char.charCodeAt(0));
  return (line) => {
    let value: string | undefined;
    let firstQuote: number | undefined;
    for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
      const start = at - offset;
      const verdict = keyAt(line, start, codes);
      if (verdict === 'no') continue;
      if (verdict === 'unsure') return null;
      let end = start + codes.length;
      let equals = 0;
      for (; end < line.length && line.charCodeAt(end) > SPACE; end++) if (line.charCodeAt(end) === EQUALS) equals++;
      // What is a pair behind or within quotes depends on what is before it.
      firstQuote ??= line.indexOf('"');
      if (firstQuote >= 0 && firstQuote < end) return null;
      if (equals <= 1) value = line.slice(start + codes.length + equals, end);
    }
    return value;
  };
}

/**
 * Finds the values of some keys, undefined those the line has not; false, and nothing is certain, where only `parseLogfmt` can
 * tell. Undefined for names that such a search does not suit.
 */
export function logfmtValues(
  names: readonly string[],
): ((line: string, values: (string | undefined)[]) => boolean) | undefined {
  // So many searches take as long as reading all pairs once.
  if (names.length > MOST_SEARCHES) return undefined;
  const searches: LogfmtValue[] = [];
  for (const name of names) {
    const search = logfmtValue(name);
    if (search === undefined) return undefined;
    searches.push(search);
  }
  return (line, values) => {
    for (let i = 0; i < searches.length; i++) {
      const value = (searches[i] as LogfmtValue)(line);
      if (value === null) return false;
      values[i] = value;
    }
    return true;
  };
}

/** Whether a key of a name, its characters' codes given, stands at a place: a character that no name has becomes `_`. */
function keyAt(line: string, start: number, codes: Uint8Array): 'yes' | 'no' | 'unsure' {
  const end = start + codes.length;
  if (start < 0 || end > line.length) return 'no';
  // Characters that are no ASCII may be two for one `_`, or space that is left away.
  for (let at = Math.max(0, start - 1); at <= end; at++) if (line.charCodeAt(at) > LAST_ASCII) return 'unsure';
  const before = start === 0 ? SPACE : line.charCodeAt(start - 1);
  if (before > SPACE && before !== QUOTE) return 'no';
  if (end < line.length && line.charCodeAt(end) > SPACE && line.charCodeAt(end) !== EQUALS) return 'no';
  for (let i = 0; i < codes.length; i++) {
    const code = line.charCodeAt(start + i);
    if (code === codes[i]) continue;
    if (codes[i] !== UNDERSCORE || code <= SPACE || code === EQUALS || code === QUOTE || isNameCode(code)) return 'no';
  }
  return 'yes';
}

function isNameCode(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === UNDERSCORE ||
    (code >= 0x61 && code <= 0x7a)
  );
}
