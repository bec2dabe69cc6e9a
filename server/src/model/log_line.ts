import {
  CLASS,
  CONTAINER_JOINED,
  CONTAINER_LIST,
  containerOfHash,
  FIELD_LEVEL,
  FIELD_NONE,
  FIRST_FIELD_OF_PROSE,
  fieldOfHash,
  fieldOfName,
  severityOfHash,
} from './log_field_names.ts';
import { type LineFields, noteField, settleSeverity } from './log_fields.ts';
import { SEVERITY_ERROR, SEVERITY_FATAL, SEVERITY_INFO, SEVERITY_UNKNOWN, SEVERITY_WARN } from './severity.ts';
import { settleError } from './stack_head.ts';

/** Fields lie at the beginning of a line or nowhere; stack traces and payloads behind them are not searched. */
const SCANNED_BYTES = 32 * 1024;
/** A level as a bare word is looked for in this many bytes. */
const LEVEL_WORD_BYTES = 160;

const ESCAPE = 0x1b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Fills what is still absent in `fields` from a log line: JSON (first-level names, and those of objects that loggers use),
 * logfmt pairs, or a level as a word.
 */
export function scanLine(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, fields: LineFields): void {
  const stop = Math.min(end, start + SCANNED_BYTES);
  let at = start;
  while (at < stop && (bytes[at] as number) <= 0x20 && bytes[at] !== ESCAPE) at++;
  if (at < stop && bytes[at] === OPEN_BRACE) {
    readZapLevel(bytes, at + 1, stop, fields);
    scanJson(bytes, at + 1, stop, fields, 0, 0);
  } else scanText(bytes, at, stop, fields);
  settleSeverity(fields);
  settleError(fields, bytes);
}

const ZAP_LEVEL_KEY = 0x4c;
/** Behind the brace: `"L":"`. */
const ZAP_LEVEL_START = 5;
const SHORTEST_ZAP_LEVEL = 4;
const LONGEST_ZAP_LEVEL = 6;

/**
 * The level of zap's development preset in JSON, whose keys are letters (zap `NewDevelopmentEncoderConfig`): the first key is
 * `L`. Elsewhere that name may mean anything. Its stack under `S` names functions, no error.
 */
function readZapLevel(bytes: Uint8Array, from: number, end: number, fields: LineFields): void {
  if (bytes[from + 1] !== ZAP_LEVEL_KEY || bytes[from] !== QUOTE) return;
  if (bytes[from + 2] !== QUOTE || bytes[from + 3] !== COLON || bytes[from + 4] !== QUOTE) return;
  const start = from + ZAP_LEVEL_START;
  const stop = Math.min(quotedEnd(bytes, start, end), start + LONGEST_ZAP_LEVEL);
  if (stop < end && bytes[stop] === QUOTE && stop - start >= SHORTEST_ZAP_LEVEL)
    noteField(fields, FIELD_LEVEL, bytes, start, stop);
}

/** Objects in objects that are looked into. */
const NESTED = 4;
/** Hashes of the names around, by depth; scanning is synchronous. */
const around = new Int32Array(NESTED);

/** Reads an object from behind its brace on; the position behind it. `outside` is the hash that its names are joined to. */
function scanJson(
  bytes: Uint8Array,
  from: number,
  end: number,
  fields: LineFields,
  outside: number,
  least: number,
): number {
  let depth = least;
  let prefix = outside;
  let i = from;
  for (;;) {
    while (i < end && bytes[i] !== QUOTE) {
      if (bytes[i++] !== CLOSE_BRACE) continue;
      if (depth === least) return i;
      prefix = around[--depth] as number;
    }
    i++;
    let hash = prefix;
    for (; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) i++;
      if (CLASS[byte] !== 2) hash = (Math.imul(hash, 31) + (byte | 0x20)) | 0;
    }
    i++;
    while (i < end && (bytes[i] as number) <= 0x20) i++;
    if (i >= end || bytes[i] !== COLON) return end;
    i++;
    while (i < end && (bytes[i] as number) <= 0x20) i++;
    if (i >= end) return end;
    const first = bytes[i] as number;
    if (first === QUOTE) {
      const start = ++i;
      while (i < end) {
        const byte = bytes[i] as number;
        if (byte === QUOTE) break;
        i += byte === BACKSLASH ? 2 : 1;
      }
      if (i >= end) return end;
      const field = fieldOfHash(hash);
      if (field !== FIELD_NONE && (field >= FIRST_FIELD_OF_PROSE || !hasEscape(bytes, start, i)))
        noteField(fields, field, bytes, start, i);
      i++;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const kind = depth < NESTED ? containerOfHash(hash) : 0;
      const joined = (kind & CONTAINER_JOINED) === 0 ? 0 : hash;
      if (first === OPEN_BRACKET && (kind & CONTAINER_LIST) !== 0)
        i = scanList(bytes, i, end, fields, joined, depth + 1);
      else if (first === OPEN_BRACKET || kind === 0) i = skipNested(bytes, i, end);
      else {
        around[depth++] = prefix;
        prefix = joined;
        i++;
      }
    } else {
      const start = i;
      while (i < end && bytes[i] !== COMMA && bytes[i] !== CLOSE_BRACE && (bytes[i] as number) > 0x20) i++;
      const field = fieldOfHash(hash);
      // A bare word is null, true or false.
      if (field !== FIELD_NONE && field < FIRST_FIELD_OF_PROSE && first <= 0x39)
        noteField(fields, field, bytes, start, i);
    }
  }
}

/** Reads the objects of the list that begins at `from`; the position behind it. */
function scanList(
  bytes: Uint8Array,
  from: number,
  end: number,
  fields: LineFields,
  outside: number,
  depth: number,
): number {
  const stop = skipNested(bytes, from, end);
  for (let i = from + 1; i < stop; ) {
    if (bytes[i] === OPEN_BRACE) i = scanJson(bytes, i + 1, stop, fields, outside, depth);
    else if (bytes[i] === COMMA || (bytes[i] as number) <= 0x20) i++;
    else break;
  }
  return stop;
}

/** Ids and levels are plain; a value written with escapes stays in the line only. */
function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === BACKSLASH) return true;
  return false;
}

/** The position after the object or array that begins at `from`. */
function skipNested(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  for (let i = from; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (--depth === 0) return i + 1;
    } else if (byte === QUOTE) {
      for (i++; i < end && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
    }
  }
  return end;
}

/** logfmt pairs (`level=info trace_id=…`, also in brackets) and a level as a word. */
function scanText(bytes: Uint8Array<ArrayBuffer>, from: number, end: number, fields: LineFields): void {
  const wordsEnd = Math.min(end, from + LEVEL_WORD_BYTES);
  let wordSeverity = SEVERITY_UNKNOWN;
  let word = 0;
  let wordStart = from;
  let i = from;
  // Words up to the first that is a level; values of pairs are none.
  while (i < wordsEnd && wordSeverity === SEVERITY_UNKNOWN && fields.severity === SEVERITY_UNKNOWN) {
    const byte = bytes[i] as number;
    if (CLASS[byte] === 1) {
      word = (Math.imul(word, 31) + (byte | 0x20)) | 0;
      i++;
      continue;
    }
    if (byte === EQUALS) i = readPair(bytes, from, i, end, fields);
    else {
      if (i > wordStart) wordSeverity = levelWord(bytes, from, wordStart, i, word);
      i = byte === ESCAPE ? colourEnd(bytes, i, wordsEnd) : i + 1;
    }
    word = 0;
    wordStart = i;
  }
  if (wordSeverity === SEVERITY_UNKNOWN && i === end && i > wordStart)
    wordSeverity = levelWord(bytes, from, wordStart, i, word);
  for (i = equalsAt(bytes, i, end); i < end; i = equalsAt(bytes, i, end)) i = readPair(bytes, from, i, end, fields);
  if (fields.severity !== SEVERITY_UNKNOWN) return;
  const first = isKlog(bytes, from, end) ? KLOG_SEVERITIES[bytes[from] as number] : undefined;
  fields.severity = first ?? wordSeverity;
}

/** The bytes that were scanned last, and the same memory in words of four: requests are scanned line by line. */
let scanned = new Uint8Array(0);
let words = new Int32Array(0);

/** Where the next equals sign from `from` on is, or `end`. */
function equalsAt(bytes: Uint8Array<ArrayBuffer>, from: number, end: number): number {
  const base = bytes.byteOffset;
  let at = from;
  for (; at < end && ((base + at) & 3) !== 0; at++) if (bytes[at] === EQUALS) return at;
  if (bytes !== scanned) {
    scanned = bytes;
    words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
  }
  const stop = (base + end) >> 2;
  let word = (base + at) >> 2;
  for (; word < stop; word++) {
    // Which of four bytes is zero (Hacker's Delight, 6-1), after what is looked for has become zero.
    const difference = (words[word] as number) ^ 0x3d3d_3d3d;
    if (((difference - 0x0101_0101) & ~difference & 0x8080_8080) !== 0) break;
  }
  at = Math.max(at, word * 4 - base);
  while (at < end && bytes[at] !== EQUALS) at++;
  return at;
}

/** Notes the value of the pair whose equals sign is at `at`; the position behind the value. */
function readPair(bytes: Uint8Array, from: number, at: number, end: number, fields: LineFields): number {
  const quoted = at + 1 < end && bytes[at + 1] === QUOTE;
  const start = quoted ? at + 2 : at + 1;
  const valueEnd = quoted ? quotedEnd(bytes, start, end) : bareEnd(bytes, start, end);
  const field = fieldBefore(bytes, from, at);
  if (field !== FIELD_NONE && !(quoted && hasEscape(bytes, start, valueEnd)))
    noteField(fields, field, bytes, start, valueEnd);
  return quoted ? valueEnd + 1 : valueEnd;
}

/** Longer names mean nothing. */
const NAME_BYTES = 64;

/** The field that the name which ends before `at` means. */
function fieldBefore(bytes: Uint8Array, from: number, at: number): number {
  const stop = Math.max(from, at - NAME_BYTES);
  let start = at;
  while (start > stop && CLASS[bytes[start - 1] as number] !== 0) start--;
  return start === at ? FIELD_NONE : fieldOfName(bytes, start, at);
}

/** klog's header begins with the level's letter, month, day and time: `E1122 07:12:21.123456` (kubernetes/klog). */
const KLOG_SEVERITIES: readonly (number | undefined)[] = (() => {
  const severities: (number | undefined)[] = Array.from({ length: 128 });
  for (const [letter, severity] of [
    ['I', SEVERITY_INFO],
    ['W', SEVERITY_WARN],
    ['E', SEVERITY_ERROR],
    ['F', SEVERITY_FATAL],
  ] as const)
    severities[letter.charCodeAt(0)] = severity;
  return severities;
})();

function isKlog(bytes: Uint8Array, from: number, end: number): boolean {
  if (from + 9 > end || bytes[from + 5] !== 0x20 || bytes[from + 8] !== COLON) return false;
  for (const at of [1, 2, 3, 4, 6, 7]) {
    const byte = bytes[from + at] as number;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

/** A level as a word counts in capitals, in brackets, in a colour, before a colon, or at the line's start ("no error found" is no error). */
function levelWord(bytes: Uint8Array, lineStart: number, start: number, end: number, hash: number): number {
  const length = end - start;
  if (length < 3 || length > 13) return SEVERITY_UNKNOWN;
  const severity = severityOfHash(hash);
  if (severity === SEVERITY_UNKNOWN) return severity;
  const second = bytes[start + 1] as number;
  const capitals = (bytes[start] as number) < 0x61 && second < 0x61;
  const before = start > lineStart ? bytes[start - 1] : OPEN_BRACKET;
  if (capitals || before === OPEN_BRACKET || before === 0x3c || bytes[end] === COLON || bytes[end] === ESCAPE)
    return severity;
  return SEVERITY_UNKNOWN;
}

/** The position behind a colour (ECMA-48, SGR: ESC `[` numbers `m`), or behind the escape when it begins none. */
function colourEnd(bytes: Uint8Array, from: number, end: number): number {
  if (from + 1 >= end || bytes[from + 1] !== OPEN_BRACKET) return from + 1;
  for (let i = from + 2; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x6d) return i + 1;
    if ((byte < 0x30 || byte > 0x39) && byte !== 0x3b) break;
  }
  return from + 1;
}

function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return Math.min(i, end);
}

/** 1: ends a value without quotes. */
const BARE_END = new Uint8Array(256).fill(1, 0, 0x21);
for (const byte of [CLOSE_BRACKET, COMMA, 0x3b, 0x29]) BARE_END[byte] = 1;

function bareEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && BARE_END[bytes[i] as number] === 0) i++;
  return i;
}
