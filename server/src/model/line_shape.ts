/**
 * The shape of a log line: what stays the same when the line comes again with other values. Words with a digit in them and
 * values of logfmt keys are variable, and so are colours and what is indented below it (a stack trace); everything else is literal. Lines of one shape are one pattern; patterns that differ
 * in a word only are joined when they are read (`query/logs/join_patterns.ts`).
 */
export interface LineShape {
  /** The halves of a 64-bit hash of the shape. */
  low: number;
  high: number;
  /** The shape is that of a part of the line, a JSON line's message. */
  inside: boolean;
}

/** Where a template is written. */
export interface TemplateText {
  write(bytes: Uint8Array, start: number, end: number): void;
  writeByte(byte: number): void;
}

/** What stands for a variable part: the wildcard of LogQL's pattern filter. */
const WILDCARD = Buffer.from('<_>');

/** A longer line ends in a wildcard. */
const MOST_BYTES = 512;
const MOST_WORDS = 96;
/** A message is looked for in this many bytes of a JSON line. */
const MOST_JSON_BYTES = 4096;

/** Classes of bytes, as bits. */
const WORD = 1;
const DIGIT = 2;
/** No digit of a hexadecimal number. */
const NOT_HEX = 4;
/** May stand inside a variable part between two words of it: times, addresses, UUIDs, versions. */
const JOINER = 8;
/** Ends a logfmt value without quotes. */
const VALUE_END = 16;

const CLASS = new Uint8Array(256);
CLASS.fill(WORD | NOT_HEX, 0x80);
CLASS.fill(WORD | DIGIT, 0x30, 0x3a);
for (let byte = 0x61; byte <= 0x7a; byte++) {
  const bits = byte <= 0x66 ? WORD : WORD | NOT_HEX;
  CLASS[byte] = bits;
  CLASS[byte - 0x20] = bits;
}
CLASS[0x5f] = WORD | NOT_HEX;
for (const joiner of '.:-,+/@%') CLASS[joiner.charCodeAt(0)] = JOINER;
CLASS.fill(VALUE_END, 0, 0x21);
for (const end of ',;)]}') CLASS[end.charCodeAt(0)] = (CLASS[end.charCodeAt(0)] as number) | VALUE_END;

const ESCAPE = 0x1b;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const HYPHEN = 0x2d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
/** Stands for a variable part in the hash; no byte. */
const VARIABLE = 0x100;
/** A word of letters like `cafe` in a UUID is part of it. */
const SHORTEST_HEX_WORD = 4;

const PRIME = 0x0100_0193;

function hashOfWord(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), PRIME);
  return hash;
}

const hashesOf = (names: readonly string[]): ReadonlySet<number> =>
  new Set(names.map((name) => hashOfWord(Buffer.from(name), 0, name.length)));

/** Keys whose values are words of the program, not data: they are part of the shape. */
const KEPT_KEYS = hashesOf(
  'msg message level lvl severity err error event method component logger name type op operation action status state reason result service app module stage phase kind'.split(
    ' ',
  ),
);
/** Where JSON lines have their message. */
const MESSAGE_KEYS = hashesOf([
  'msg',
  'message',
  'log',
  'text',
  'event',
  'short_message',
  '@m',
  '@mt',
  'MESSAGE',
  'Message',
]);

/** The same in zap's development preset, whose lines begin with the level under `L`. */
const ZAP_MESSAGE_KEY = hashOfWord(Buffer.from('M'), 0, 1);
const ZAP_LEVEL_KEY = 0x4c;

/** The shape in the making; one line at a time. */
let low = 0;
let high = 0;
let out: TemplateText | undefined;

function mix(value: number): void {
  low = Math.imul(low ^ value, PRIME);
  high = Math.imul(((high << 7) | (high >>> 25)) ^ value, 0x85eb_ca6b);
}

function literal(byte: number): void {
  mix(byte);
  out?.writeByte(byte);
}

function variable(): void {
  mix(VARIABLE);
  out?.write(WILDCARD, 0, WILDCARD.length);
}

/** Finds the shape of the line in bytes [start, end). With `text` its template is written there, the row not ended. */
export function shapeOf(bytes: Uint8Array, start: number, end: number, shape: LineShape, text?: TemplateText): void {
  low = 0x811c_9dc5 | 0;
  high = 0x2545_f491;
  out = text;
  let from = start;
  while (from < end && (bytes[from] as number) <= 0x20) from++;
  let to = end;
  while (to > from && (bytes[to - 1] as number) <= 0x20) to--;
  shape.inside = from < to && bytes[from] === OPEN_BRACE;
  if (!shape.inside) walk(bytes, start, end);
  else if (findMessage(bytes, from + 1, Math.min(to, from + MOST_JSON_BYTES))) walk(bytes, messageStart, messageEnd);
  else variable();
  out = undefined;
  low ^= high >>> 16;
  shape.low = low >>> 0;
  shape.high = Math.imul(high ^ (high >>> 15) ^ low, 0xc2b2_ae35) >>> 0;
}

/** Goes over a text word by word. */
function walk(bytes: Uint8Array, from: number, end: number): void {
  const limit = Math.min(end, from + MOST_BYTES);
  let words = 0;
  let isVariable = false;
  let joiner = 0;
  let key = 0;
  let at = from;
  while (at < limit) {
    const byte = bytes[at] as number;
    if (((CLASS[byte] as number) & WORD) !== 0) {
      const start = at;
      let word = 0;
      let bits = 0;
      for (; at < limit; at++) {
        const next = bytes[at] as number;
        const kind = CLASS[next] as number;
        if ((kind & WORD) === 0) break;
        bits |= kind;
        word = Math.imul(word ^ next, PRIME);
      }
      const isHex = isVariable && joiner === HYPHEN && (bits & NOT_HEX) === 0 && at - start >= SHORTEST_HEX_WORD;
      if ((bits & DIGIT) !== 0 || isHex) {
        // A joiner between two variable words is part of one variable.
        if (!isVariable) variable();
        isVariable = true;
        joiner = 0;
        key = 0;
      } else {
        if (joiner !== 0) literal(joiner);
        joiner = 0;
        isVariable = false;
        mix(word);
        out?.write(bytes, start, at);
        key = word;
        if (++words > MOST_WORDS) break;
      }
      continue;
    }
    if ((byte === NEWLINE || byte === BACKSLASH) && isIndentedNext(bytes, at, limit)) break;
    if (byte === ESCAPE && at + 1 < limit && bytes[at + 1] === OPEN_BRACKET) {
      if (joiner !== 0) literal(joiner);
      if (!isVariable || joiner !== 0) variable();
      isVariable = true;
      joiner = 0;
      at = controlEnd(bytes, at + 2, limit);
      continue;
    }
    at++;
    if (isVariable && joiner === 0 && ((CLASS[byte] as number) & JOINER) !== 0) {
      joiner = byte;
      continue;
    }
    if (joiner !== 0) literal(joiner);
    joiner = 0;
    literal(byte);
    isVariable = byte === EQUALS && key !== 0 && !KEPT_KEYS.has(key);
    key = 0;
    if (isVariable) {
      at = valueEnd(bytes, at, limit);
      variable();
    }
  }
  if (joiner !== 0) literal(joiner);
  if (at < end && !(isVariable && joiner === 0)) variable();
}

/**
 * Whether an indented line follows, as frames of a stack trace do, also when it is written with escapes in a JSON string.
 * Where something failed is not what happened: one failure with many ways to it is one pattern.
 */
function isIndentedNext(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] === NEWLINE) return at + 1 < end && (bytes[at + 1] === TAB || bytes[at + 1] === SPACE);
  // \n followed by \t or a space.
  if (at + 2 >= end || bytes[at + 1] !== 0x6e) return false;
  return bytes[at + 2] === SPACE || (bytes[at + 2] === BACKSLASH && bytes[at + 3] === 0x74);
}

/** Behind the control sequence (ECMA-48: parameters, intermediate bytes, a final byte) whose parameters begin at `from`. */
function controlEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) >= 0x20 && (bytes[at] as number) <= 0x3f) at++;
  return at < end && (bytes[at] as number) >= 0x40 && (bytes[at] as number) <= 0x7e ? at + 1 : at;
}

/** Where a logfmt value ends that begins at `from`. */
function valueEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  if (bytes[at] === QUOTE) {
    for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    return Math.min(end, at + 1);
  }
  while (at < end && ((CLASS[bytes[at] as number] as number) & VALUE_END) === 0) at++;
  return at;
}

let messageStart = 0;
let messageEnd = 0;

/** Finds the text of a message among the first-level keys of a JSON object; [from, end) is behind its brace. */
function findMessage(bytes: Uint8Array, from: number, end: number): boolean {
  const isZap = bytes[from] === QUOTE && bytes[from + 1] === ZAP_LEVEL_KEY && bytes[from + 2] === QUOTE;
  let at = from;
  for (;;) {
    while (at < end && bytes[at] !== QUOTE) {
      if (bytes[at] === CLOSE_BRACE) return false;
      at++;
    }
    const keyStart = ++at;
    at = stringEnd(bytes, at, end);
    const keyEnd = at++;
    while (at < end && (bytes[at] === COLON || (bytes[at] as number) <= 0x20)) at++;
    if (at >= end) return false;
    const first = bytes[at] as number;
    if (first === QUOTE) {
      const start = ++at;
      at = stringEnd(bytes, at, end);
      const key = hashOfWord(bytes, keyStart, keyEnd);
      if (MESSAGE_KEYS.has(key) || (key === ZAP_MESSAGE_KEY && isZap)) {
        messageStart = start;
        messageEnd = Math.min(at, end);
        return messageEnd > start;
      }
      at++;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) at = nestedEnd(bytes, at, end);
  }
}

/** The closing quote of the string that holds `from`. */
function stringEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function nestedEnd(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (--depth === 0) return at + 1;
    } else if (byte === QUOTE) at = stringEnd(bytes, at + 1, end);
  }
  return end;
}
