import { isLetter } from './bytes.ts';
import type { BuiltInRule, Found } from './finding.ts';
import { findKeyValue } from './key_values.ts';
import { findBasic, findBearer, findJwt, findPrivateKey, findToken, TOKEN_FORMS } from './tokens.ts';

/**
 * How secrets are found without looking at every byte. Every name and every form of token has a window of four bytes, the
 * anchor. Its three pairs of neighbours stand at three positions in a row, so one of them is a multiple of three: only
 * those are probed, by one look-up in a table of pairs. A hit counts when the pair beside it fits too; what is left is
 * compared with the anchors.
 */
type Look = (bytes: Uint8Array, window: number, start: number, end: number, found: Found) => void;

interface Anchor {
  /** Four bytes; letters stand for both cases when `anyCase`. */
  readonly window: string;
  readonly anyCase: boolean;
  readonly rules: readonly BuiltInRule[];
  readonly look: Look;
}

export const WINDOW = 4;
const STRIDE = 3;

/** Windows of the names in `key_values.ts`, each as far from ordinary words as it can be. */
const KEY_WINDOWS: readonly string[] = [
  'assw',
  'ssph',
  'ssco',
  'secr',
  'toke',
  'pike',
  'pi_k',
  'pi-k',
  'sske',
  'ss_k',
  'ss-k',
  'riva',
  'riza',
  'ooki',
  'tyco',
  'ty_c',
  'ty-c',
];
/** Names of three letters, with what may follow. */
const SHORT_KEY_WINDOWS: readonly string[] = ['pwd', 'cvv', 'cvc'].flatMap((name) =>
  ['"', '=', ':', '\\', "'", '>', ']'].map((after) => name + after),
);

const keyAnchor =
  (rules: readonly BuiltInRule[]) =>
  (window: string): Anchor => ({
    window,
    anyCase: true,
    rules,
    look: findKeyValue,
  });

/** How far into a prefix its window lies, where that is not its beginning. */
const WINDOW_OFFSETS: Readonly<Record<string, number>> = {
  github_pat_: 4,
  whsec_: 1,
  dop_v1_: 1,
  'glrt-': 1,
  'gldt-': 1,
  'glcbt-': 2,
  'glptt-': 2,
  'gloas-': 2,
  'glft-': 1,
  'glsoat-': 0,
  'glimt-': 2,
  'glagent-': 0,
  'glwt-': 1,
};

const TOKEN_ANCHORS: readonly Anchor[] = TOKEN_FORMS.flatMap((form): Anchor[] => {
  const anchor = (window: string, offset: number): Anchor => ({
    window,
    anyCase: false,
    rules: ['token'],
    look: (bytes, at, start, end, found) => findToken(form, bytes, at - offset, start, end, found),
  });
  const { prefix } = form;
  // Shorter ones are in `short_anchors.ts`.
  if (prefix.length < WINDOW) return [];
  const offset = WINDOW_OFFSETS[prefix] ?? 0;
  return [anchor(prefix.slice(offset, offset + WINDOW), offset)];
});

const ANCHORS: readonly Anchor[] = [
  ...KEY_WINDOWS.map(keyAnchor(['password', 'token'])),
  // AccountKey=…, of Azure's connection strings.
  { window: 'tKey', anyCase: false, rules: ['password'], look: findKeyValue },
  ...SHORT_KEY_WINDOWS.map(keyAnchor(['password', 'cvv'])),
  ...['cvv2', 'cvc2'].map(keyAnchor(['cvv'])),
  ...TOKEN_ANCHORS,
  {
    window: 'bear',
    anyCase: true,
    rules: ['token'],
    look: (bytes, at, _start, end, found) => findBearer(bytes, at, end, found),
  },
  {
    window: 'basi',
    anyCase: true,
    rules: ['token'],
    look: findBasic,
  },
  { window: '.eyJ', anyCase: false, rules: ['token'], look: findJwt },
  ...['KEY-', 'OCK-'].map(
    (window): Anchor => ({
      window,
      anyCase: false,
      rules: ['private_key'],
      look: (bytes, at, start, end, found) => findPrivateKey(bytes, at + 3, start, end, found),
    }),
  ),
];

/** A window's bytes as a number, and its place in a table of `SLOTS`. */
const SLOTS = 4096;

function slotOf(window: number): number {
  return (Math.imul(window, 0x9e37_79b1) >>> 20) & (SLOTS - 1);
}

export interface AnchorTable {
  /** Bit k of pair (first | second << 8): the pair is the k-th of some window. */
  readonly pairs: Uint8Array;
  /** Window by slot, open addressing; 0 is empty. */
  readonly windows: Int32Array;
  readonly looks: readonly (readonly Look[])[];
  readonly lookOf: Int16Array;
}

/** The ways to write a window: letters of both cases where case does not count. */
function spellings({ window, anyCase }: Anchor): string[] {
  let all = [''];
  for (const char of window) {
    const both = anyCase && isLetter(char.charCodeAt(0)) ? [char, char.toUpperCase()] : [char];
    all = all.flatMap((head) => both.map((next) => head + next));
  }
  return all;
}

/** The anchors of the rules that are enabled. */
export function anchorTable(enabled: ReadonlySet<string>): AnchorTable {
  const pairs = new Uint8Array(65_536);
  const windows = new Int32Array(SLOTS);
  const lookOf = new Int16Array(SLOTS);
  const looks: Look[][] = [];
  for (const anchor of ANCHORS) {
    if (!anchor.rules.some((rule) => enabled.has(rule))) continue;
    for (const spelling of spellings(anchor)) {
      const bytes = Buffer.from(spelling, 'latin1');
      for (let k = 0; k < STRIDE; k++) {
        const pair = bytes.readUInt16LE(k);
        pairs[pair] = (pairs[pair] as number) | (1 << k);
      }
      const window = bytes.readInt32BE(0);
      let slot = slotOf(window);
      while (windows[slot] !== 0 && windows[slot] !== window) slot = (slot + 1) & (SLOTS - 1);
      if (windows[slot] === 0) {
        windows[slot] = window;
        lookOf[slot] = looks.push([]) - 1;
      }
      looks[lookOf[slot] as number]?.push(anchor.look);
    }
  }
  return { pairs, windows, looks, lookOf };
}

type RowAt = (at: number) => { readonly start: number; readonly end: number };

/** Calls what looks at an anchor for every anchor in bytes [0, length); `rowAt` gives the bounds of a position's row. */
export function findAnchors(table: AnchorTable, bytes: Uint8Array, length: number, rowAt: RowAt, found: Found): void {
  const { pairs } = table;
  // What lies in a value that is masked already is not looked at again: a line of nothing but names stays linear.
  let masked = 0;
  const noted: Found = (rule, start, end, replacement) => {
    const isInForce = found(rule, start, end, replacement);
    if (isInForce && end > masked) masked = end;
    return isInForce;
  };
  const fits = (at: number, places: number): void => {
    if (at >= masked) compare(table, bytes, at, places, length, rowAt, noted);
  };
  for (let at = probeWords(pairs, bytes, length, fits); at < length - 1; at += STRIDE) {
    const places = placesAt(pairs, bytes, at, length);
    if (places !== 0) fits(at, places);
  }
}

/**
 * Probes four pairs of three words at a time, which takes half of the time of loading bytes, and tells `fits` of pairs
 * that may be of an anchor. Returns the first position that was not probed.
 */
function probeWords(
  pairs: Uint8Array,
  bytes: Uint8Array,
  length: number,
  fits: (at: number, places: number) => void,
): number {
  if (bytes.byteOffset % 4 !== 0) return STRIDE - 1;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  const end = words.length - 3;
  let i = 0;
  for (; i < end; i += 3) {
    const first = words[i] as number;
    const second = words[i + 1] as number;
    const third = words[i + 2] as number;
    const hits =
      (pairs[first >>> 16] as number) |
      (pairs[(second >>> 8) & 0xffff] as number) |
      (pairs[third & 0xffff] as number) |
      (pairs[(third >>> 24) | (((words[i + 3] as number) & 0xff) << 8)] as number);
    if (hits === 0) continue;
    const fourth = words[i + 3] as number;
    const at = i * 4 + STRIDE - 1;
    const firstPlaces = placesOf(pairs, (first >>> 8) & 0xffff, first >>> 16, (first >>> 24) | ((second & 0xff) << 8));
    if (firstPlaces !== 0) fits(at, firstPlaces);
    const secondPlaces = placesOf(pairs, second & 0xffff, (second >>> 8) & 0xffff, second >>> 16);
    if (secondPlaces !== 0) fits(at + 3, secondPlaces);
    const thirdPlaces = placesOf(
      pairs,
      (second >>> 24) | ((third & 0xff) << 8),
      third & 0xffff,
      (third >>> 8) & 0xffff,
    );
    if (thirdPlaces !== 0) fits(at + 6, thirdPlaces);
    const fourthPlaces = placesOf(pairs, third >>> 16, (third >>> 24) | ((fourth & 0xff) << 8), fourth & 0xffff);
    if (fourthPlaces !== 0) fits(at + 9, fourthPlaces);
  }
  return i * 4 + STRIDE - 1;
}

/**
 * Which pairs of a window a pair may be, as bits, judged by the pair beside it too: the first and the second pair of a
 * window have one behind them, the third has one before it.
 */
function placesOf(pairs: Uint8Array, previous: number, pair: number, next: number): number {
  const places = pairs[pair] as number;
  if (places === 0) return 0;
  return places & (((pairs[next] as number) >> 1) | (((pairs[previous] as number) & 2) << 1));
}

/** The places of the pair at `at`. */
function placesAt(pairs: Uint8Array, bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] as number;
  const second = bytes[at + 1] as number;
  const previous = (bytes[at - 1] as number) | (first << 8);
  const next = at + 2 < length ? second | ((bytes[at + 2] as number) << 8) : 0;
  return placesOf(pairs, previous, first | (second << 8), next);
}

function compare(
  { windows, looks, lookOf }: AnchorTable,
  bytes: Uint8Array,
  at: number,
  places: number,
  length: number,
  rowAt: RowAt,
  found: Found,
): void {
  for (let k = 0; k < STRIDE; k++) {
    const from = at - k;
    if ((places & (1 << k)) === 0 || from < 0 || from + WINDOW > length) continue;
    const window =
      ((bytes[from] as number) << 24) |
      ((bytes[from + 1] as number) << 16) |
      ((bytes[from + 2] as number) << 8) |
      (bytes[from + 3] as number);
    let slot = slotOf(window);
    while (windows[slot] !== window && windows[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    if (windows[slot] === 0) continue;
    const { start, end } = rowAt(from);
    if (from + WINDOW > end) continue;
    for (const look of looks[lookOf[slot] as number] ?? []) look(bytes, from, start, end, found);
  }
}
