import { type ExpressionToken, expressionError, expressionTokens, quotedText } from './expression_tokens.ts';
import { expect, JsonScanError, MALFORMED, type Scanner, skipNested, space, value, valueText } from './json_scanner.ts';

/** A path into JSON: keys and array indexes. */
export type JsonPath = readonly (string | number)[];

/**
 * Reads `server.host`, `tags[0]`, `["a b"].c`.
 * @throws LogqlError as Loki words it
 */
export function parseJsonPath(text: string): JsonPath {
  const tokens = expressionTokens(text, '.[]');
  const path: (string | number)[] = [];
  let at = 0;
  const take = (...kinds: ExpressionToken['kind'][]): ExpressionToken => {
    const token = tokens[at] ?? { kind: '$end', text: '' };
    if (kinds.includes(token.kind)) {
      at++;
      return token;
    }
    const shown = (kind: ExpressionToken['kind']): string => (kind === 'NAME' ? 'FIELD' : kind);
    const expecting = kinds.includes('$end') ? '' : `, expecting ${kinds.map(shown).join(' or ')}`;
    throw expressionError(text, `syntax error: unexpected ${shown(token.kind)}${expecting}`);
  };
  for (let first = true; ; first = false) {
    const token = first ? take('LSB', 'NAME') : take('LSB', 'DOT', '$end');
    if (token.kind === '$end') return path;
    if (token.kind === 'NAME') path.push(token.text);
    else if (token.kind === 'DOT') path.push(take('NAME').text);
    else {
      const inner = take('STRING', 'INDEX');
      path.push(inner.kind === 'INDEX' ? Number(inner.text) : quotedText(inner));
      take('RSB');
    }
  }
}

/** A path that is followed: which one it is, and what is left of it. */
interface Search {
  readonly index: number;
  readonly rest: JsonPath;
}

const MAX_DEPTH = 64;

/**
 * The values at paths of a JSON line as label text: strings unescaped, numbers, objects and arrays as they are written,
 * null as the empty string, undefined where there is none. Of equal keys the first counts; nothing is read once all are found.
 * @returns also what is wrong with a value that was asked for; that anything else of the line is no JSON does not matter
 */
export function jsonValues(
  line: string,
  paths: readonly JsonPath[],
): { values: (string | undefined)[]; error: string | undefined } {
  const values = new Array<string | undefined>(paths.length).fill(undefined);
  const found = new Set<number>();
  const scanner: Scanner = { text: line, at: 0 };
  const keep = (search: Search, text: string): void => {
    if (found.has(search.index)) return;
    found.add(search.index);
    values[search.index] = text;
    if (found.size === paths.length) throw ALL_FOUND;
  };
  try {
    if (line[0] === '"') return { values, error: aloneIsKey(scanner) ? MALFORMED : undefined };
    follow(
      scanner,
      paths.map((rest, index) => ({ index, rest })),
      0,
      keep,
    );
    return { values, error: undefined };
  } catch (error) {
    if (error instanceof WantedValueError) return { values, error: error.message };
    if (error === ALL_FOUND || error instanceof JsonScanError) return { values, error: undefined };
    throw error;
  }
}

/** Thrown to stop reading. */
const ALL_FOUND = new Error('all found');

/** What is wrong with a value at the end of a path. */
class WantedValueError extends Error {}

/** Whether a line begins with a key that no object is around. */
function aloneIsKey(s: Scanner): boolean {
  value(s);
  space(s);
  return s.text[s.at] === ':';
}

/** Reads one value and tells `keep` of every search that ends in it. */
function follow(
  s: Scanner,
  searches: readonly Search[],
  depth: number,
  keep: (search: Search, text: string) => void,
): void {
  try {
    step(s, searches, depth, keep);
  } catch (error) {
    const isWanted = searches.some(({ rest }) => rest.length === 0);
    throw isWanted && error instanceof JsonScanError ? new WantedValueError(error.message) : error;
  }
}

function step(
  s: Scanner,
  searches: readonly Search[],
  depth: number,
  keep: (search: Search, text: string) => void,
): void {
  const start = s.at;
  const opening = s.text[start];
  const deeper = searches.filter(({ rest }) => rest.length > 0);
  const nested = opening === '{' || opening === '[';
  if (nested && deeper.length > 0 && depth < MAX_DEPTH) {
    if (opening === '{') eachMember(s, deeper, depth, keep);
    else eachElement(s, deeper, depth, keep);
  } else if (nested) skipNested(s);
  else {
    const kind = value(s);
    const text = kind === 'null' ? '' : valueText(s.text, kind, start, s.at);
    for (const search of searches) if (search.rest.length === 0) keep(search, text);
    return;
  }
  for (const search of searches) if (search.rest.length === 0) keep(search, s.text.slice(start, s.at));
}

function matching(searches: readonly Search[], step: string | number): Search[] {
  return searches.filter(({ rest }) => rest[0] === step).map(({ index, rest }) => ({ index, rest: rest.slice(1) }));
}

function eachMember(
  s: Scanner,
  searches: readonly Search[],
  depth: number,
  keep: (search: Search, text: string) => void,
): void {
  expect(s, '{');
  for (space(s); s.text[s.at] !== '}'; ) {
    const start = s.at;
    if (s.text[start] !== '"') throw new JsonScanError(MALFORMED);
    const kind = value(s);
    const key = valueText(s.text, kind, start, s.at);
    space(s);
    expect(s, ':');
    space(s);
    follow(s, matching(searches, key), depth + 1, keep);
    separator(s, '}');
  }
  s.at++;
}

function eachElement(
  s: Scanner,
  searches: readonly Search[],
  depth: number,
  keep: (search: Search, text: string) => void,
): void {
  expect(s, '[');
  space(s);
  for (let i = 0; s.text[s.at] !== ']'; i++) {
    follow(s, matching(searches, i), depth + 1, keep);
    separator(s, ']');
  }
  s.at++;
}

/** A comma, which is taken, or the closing bracket, which is not. */
function separator(s: Scanner, close: string): void {
  space(s);
  if (s.text[s.at] === close) return;
  if (s.text[s.at] !== ',') throw new JsonScanError(MALFORMED);
  s.at++;
  space(s);
}
