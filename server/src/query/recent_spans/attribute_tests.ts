import { NEVER, type RowTest } from './row_tests.ts';
import { letterOf, type SpanSlice } from './span_slice.ts';
import type { ValueTest } from './value_tests.ts';

/** What a row has of an attribute. */
export const ABSENT = 0;
export const PASSES = 1;
const FAILS = 2;
/** Of a pair: it is another attribute's. */
const OTHER = 3;
/** What the rows of a slice have of it. */
interface AttributeStates {
  readonly stateOf: (row: number) => number;
  /** Whether any may pass. */
  readonly canPass: boolean;
  /** Those that pass, where they are few. */
  readonly passing?: ReadonlySet<number>;
}

export const nowhere: AttributeStates = { stateOf: () => ABSENT, canPass: false };

export function passes({ stateOf, canPass, passing }: AttributeStates): RowTest {
  if (!canPass) return NEVER;
  return passing === undefined ? (row) => stateOf(row) === PASSES : (row) => passing.has(row);
}

/** Rows of a slice that are looked for at most by where their pairs are. */
const FEW_ROWS = 256;
/** Letters of types of values that text tests look at. */
const LETTERS = ['s', 'i', 'd', 'b', 'j', 'o', 'y', 'n', ''];

/**
 * Of several attributes of one name the first counts, as in the engine's maps.
 * @param only the texts that hold, where these are known
 */
export function spanAttribute(
  slice: SpanSlice,
  key: string,
  holds: ValueTest,
  only: readonly string[] | undefined,
): AttributeStates {
  const keyCode = slice.codeOfWord(key);
  if (keyCode < 0) return nowhere;
  const { pairTexts, pairs, pairEnds } = slice;
  const verdicts = new Uint8Array(pairTexts.size);
  const wanted: number[] = [];
  if (only !== undefined) {
    for (const text of only) {
      const bytes = Buffer.from(text);
      for (const letter of LETTERS) {
        const tag = keyCode * 256 + (letter === '' ? 0 : letter.charCodeAt(0));
        const code = pairTexts.find(tag, bytes, 0, bytes.length);
        if (code < 0 || !holds(text, letter || 's')) continue;
        verdicts[code] = PASSES;
        wanted.push(code);
      }
    }
  }
  const judge = (code: number): number => {
    const tag = pairTexts.tags[code] as number;
    if (tag >>> 8 !== keyCode) return OTHER;
    return only === undefined && holds(pairTexts.text(code), letterOf(tag) || 's') ? PASSES : FAILS;
  };
  const { values } = pairs;
  const stateOf = (row: number): number => {
    const end = pairEnds[row] as number;
    for (let i = row === 0 ? 0 : (pairEnds[row - 1] as number); i < end; i++) {
      const code = values[i] as number;
      if (verdicts[code] === ABSENT) verdicts[code] = judge(code);
      if (verdicts[code] !== OTHER) return verdicts[code] as number;
    }
    return ABSENT;
  };
  if (only === undefined) return { stateOf, canPass: true };
  const passing = fewRows(slice, wanted, (row) => stateOf(row) === PASSES);
  return { stateOf, canPass: wanted.length > 0, ...(passing === undefined ? {} : { passing }) };
}

/** The rows that have one of some pairs and pass a test; undefined where they are many, then rows are better tested one by one. */
function fewRows(slice: SpanSlice, codes: readonly number[], test: RowTest): ReadonlySet<number> | undefined {
  const { pairs, pairEnds } = slice;
  const values = pairs.values.subarray(0, pairs.rows);
  const rows = new Set<number>();
  for (const code of codes) {
    for (let at = values.indexOf(code), hits = 0; at >= 0; at = values.indexOf(code, at + 1)) {
      if (++hits > FEW_ROWS) return undefined;
      const row = rowOfPair(pairEnds, slice.rows, at);
      if (test(row)) rows.add(row);
    }
  }
  return rows;
}

/** The row a pair belongs to: the first that ends behind it. */
function rowOfPair(pairEnds: Uint32Array, rows: number, at: number): number {
  let [low, high] = [0, rows - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairEnds[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The state of each origin, found once. */
function byOrigin(slice: SpanSlice, stateOf: (code: number) => number): AttributeStates {
  const { origins } = slice;
  const states = Uint8Array.from({ length: slice.originWords.size }, (_, code) => stateOf(code));
  return { stateOf: (row) => states[origins.at(row)] as number, canPass: states.includes(PASSES) };
}

export function resourceAttribute(slice: SpanSlice, key: string, holds: ValueTest): AttributeStates {
  if (slice.codeOfWord(key) < 0) return nowhere;
  return byOrigin(slice, (code) => {
    const { pairs, types } = slice.origin(code).resource;
    for (let i = 0; i < pairs.length; i += 2)
      if (pairs[i] === key) return holds(pairs[i + 1] as string, types[i / 2] ?? 's') ? PASSES : FAILS;
    return ABSENT;
  });
}

/** As TraceQL has it: the service's name is the column of it. */
export function resourceField(slice: SpanSlice, key: string, holds: ValueTest): AttributeStates {
  if (key !== 'service.name') return resourceAttribute(slice, key, holds);
  return byOrigin(slice, (code) => {
    const { service } = slice.origin(code);
    return service === '' ? ABSENT : holds(service, 's') ? PASSES : FAILS;
  });
}
