import { SEVERITY_NAMES, SEVERITY_UNKNOWN, severityOfLevel, severityOfNumber } from './severity.ts';

/**
 * What a log record says about itself: level, trace, span, request, user. Found in structured metadata, in the stream's
 * labels or in the line, by one scan over the bytes: no JSON.parse, no string, no object per record.
 */
const FIELD_NONE = 0;
const FIELD_LEVEL = 1;
const FIELD_TRACE = 2;
const FIELD_SPAN = 3;
const FIELD_REQUEST = 4;
const FIELD_USER = 5;
const FIELD_SEVERITY_NUMBER = 6;
/** Datadog writes ids as decimal numbers. */
const FIELD_DATADOG_TRACE = 7;
const FIELD_DATADOG_SPAN = 8;

/** Names in use, folded: letters and digits only, lower case. */
const FIELD_NAMES: readonly (readonly [name: string, field: number])[] = [
  ['level', FIELD_LEVEL],
  ['lvl', FIELD_LEVEL],
  ['severity', FIELD_LEVEL],
  ['severitytext', FIELD_LEVEL],
  ['loglevel', FIELD_LEVEL],
  ['levelname', FIELD_LEVEL],
  ['detectedlevel', FIELD_LEVEL],
  ['severitynumber', FIELD_SEVERITY_NUMBER],
  ['traceid', FIELD_TRACE],
  ['oteltraceid', FIELD_TRACE],
  ['spanid', FIELD_SPAN],
  ['otelspanid', FIELD_SPAN],
  ['ddtraceid', FIELD_DATADOG_TRACE],
  ['ddspanid', FIELD_DATADOG_SPAN],
  ['requestid', FIELD_REQUEST],
  ['xrequestid', FIELD_REQUEST],
  ['httprequestid', FIELD_REQUEST],
  ['reqid', FIELD_REQUEST],
  ['userid', FIELD_USER],
  ['usrid', FIELD_USER],
  ['enduserid', FIELD_USER],
];

const SLOTS = 1024;

function tableOf(names: readonly (readonly [string, number])[]): {
  readonly hashes: Int32Array;
  readonly values: Uint8Array;
} {
  const hashes = new Int32Array(SLOTS);
  const values = new Uint8Array(SLOTS);
  for (const [name, value] of names) {
    let hash = 0;
    for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
    let slot = hash & (SLOTS - 1);
    while (values[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    hashes[slot] = hash;
    values[slot] = value;
  }
  return { hashes, values };
}

const FIELDS = tableOf(FIELD_NAMES);
const SEVERITIES = tableOf(SEVERITY_NAMES);

function lookUp(table: { readonly hashes: Int32Array; readonly values: Uint8Array }, hash: number): number {
  let slot = hash & (SLOTS - 1);
  for (;;) {
    const value = table.values[slot] as number;
    if (value === 0 || table.hashes[slot] === hash) return value;
    slot = (slot + 1) & (SLOTS - 1);
  }
}

/** Value not found yet; a decoder may look further. */
export const ABSENT = -1;
/** Value known from elsewhere (the stream's labels); the line is not asked. */
export const ELSEWHERE = -2;

/** Reused for every record: byte ranges in the scanned buffer, or ABSENT, or ELSEWHERE. */
export interface LineFields {
  severity: number;
  traceStart: number;
  traceEnd: number;
  /** The id is a decimal number. */
  traceDecimal: boolean;
  spanStart: number;
  spanEnd: number;
  spanDecimal: boolean;
  requestStart: number;
  requestEnd: number;
  userStart: number;
  userEnd: number;
}

export function newLineFields(): LineFields {
  return {
    severity: SEVERITY_UNKNOWN,
    traceStart: ABSENT,
    traceEnd: 0,
    traceDecimal: false,
    spanStart: ABSENT,
    spanEnd: 0,
    spanDecimal: false,
    requestStart: ABSENT,
    requestEnd: 0,
    userStart: ABSENT,
    userEnd: 0,
  };
}

export function resetLineFields(fields: LineFields): void {
  fields.severity = SEVERITY_UNKNOWN;
  fields.traceStart = ABSENT;
  fields.traceDecimal = false;
  fields.spanStart = ABSENT;
  fields.spanDecimal = false;
  fields.requestStart = ABSENT;
  fields.userStart = ABSENT;
}

/** Fields lie at the beginning of a line or nowhere; stack traces and payloads behind them are not searched. */
const SCANNED_BYTES = 32 * 1024;
/** A level as a bare word is looked for in this many bytes. */
const LEVEL_WORD_BYTES = 160;
/** Ids longer than this stay in the line only. */
const ID_BYTES = 256;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** 1 letters and digits (part of names and words), 2 separators inside names (`_ . -`), 0 anything else. */
const CLASS = new Uint8Array(256);
for (let byte = 0x30; byte <= 0x39; byte++) CLASS[byte] = 1;
for (let byte = 0x41; byte <= 0x5a; byte++) {
  CLASS[byte] = 1;
  CLASS[byte | 0x20] = 1;
}
for (const byte of [0x5f, 0x2e, 0x2d]) CLASS[byte] = 2;

/** Which field a name means, or FIELD_NONE. Case and the separators `_ . -` do not count. */
export function fieldOfName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (CLASS[byte] !== 2) hash = (Math.imul(hash, 31) + (byte | 0x20)) | 0;
  }
  return lookUp(FIELDS, hash);
}

/** The severity a word or a number means, or SEVERITY_UNKNOWN. */
function severityOf(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] as number;
  if (first >= 0x30 && first <= 0x39) return severityOfLevel(decimal(bytes, start, end));
  return severityOfName(bytes, start, end);
}

/** The severity a word means (`Information`, `warn`, also OpenTelemetry's `INFO2`), or SEVERITY_UNKNOWN. */
export function severityOfName(bytes: Uint8Array, start: number, end: number): number {
  const last = bytes[end - 1] as number;
  return severityOfWord(bytes, start, last >= 0x32 && last <= 0x34 ? end - 1 : end);
}

function severityOfWord(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 16) return SEVERITY_UNKNOWN;
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + ((bytes[i] as number) | 0x20)) | 0;
  return lookUp(SEVERITIES, hash);
}

/** A decimal number of at most three digits, or -1. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 3 || end === start) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Per byte: the value of a hex digit, or NOT_HEX. */
const NOT_HEX = 0x10;
const HEX_VALUES = new Uint8Array(256).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) {
  HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;
  HEX_VALUES[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Whether all are hex digits and any of them is not 0. */
function hexDigits(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let i = start; i < end; i++) seen |= HEX_VALUES[bytes[i] as number] as number;
  return seen > 0 && seen < NOT_HEX;
}

function decimalDigits(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 20) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

/**
 * Notes a value for a field, unless the field is known already or the value cannot be one: trace ids are 32 or 16 hex
 * digits, span ids 16, Datadog's also decimal numbers; never all zero.
 */
export function noteField(fields: LineFields, field: number, bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  if (length <= 0) return;
  switch (field) {
    case FIELD_LEVEL:
      if (fields.severity === SEVERITY_UNKNOWN) fields.severity = severityOf(bytes, start, end);
      return;
    case FIELD_SEVERITY_NUMBER:
      if (fields.severity === SEVERITY_UNKNOWN) fields.severity = severityOfNumber(decimal(bytes, start, end));
      return;
    case FIELD_DATADOG_TRACE:
    case FIELD_TRACE:
      if (fields.traceStart !== ABSENT) return;
      fields.traceDecimal = field === FIELD_DATADOG_TRACE && length !== 32;
      if (
        fields.traceDecimal
          ? !decimalDigits(bytes, start, end)
          : (length !== 32 && length !== 16) || !hexDigits(bytes, start, end)
      )
        return;
      fields.traceStart = start;
      fields.traceEnd = end;
      return;
    case FIELD_DATADOG_SPAN:
    case FIELD_SPAN:
      if (fields.spanStart !== ABSENT) return;
      fields.spanDecimal = field === FIELD_DATADOG_SPAN;
      if (fields.spanDecimal ? !decimalDigits(bytes, start, end) : length !== 16 || !hexDigits(bytes, start, end))
        return;
      fields.spanStart = start;
      fields.spanEnd = end;
      return;
    case FIELD_REQUEST:
      if (fields.requestStart !== ABSENT || length > ID_BYTES) return;
      fields.requestStart = start;
      fields.requestEnd = end;
      return;
    case FIELD_USER:
      if (fields.userStart !== ABSENT || length > ID_BYTES) return;
      fields.userStart = start;
      fields.userEnd = end;
      return;
    default:
  }
}

/** Fills what is still absent in `fields` from a log line: first-level JSON keys, logfmt pairs, or a level as a word. */
export function scanLine(bytes: Uint8Array, start: number, end: number, fields: LineFields): void {
  const stop = Math.min(end, start + SCANNED_BYTES);
  let at = start;
  while (at < stop && (bytes[at] as number) <= 0x20) at++;
  if (at < stop && bytes[at] === OPEN_BRACE) scanJson(bytes, at + 1, stop, fields);
  else scanText(bytes, at, stop, fields);
}

function scanJson(bytes: Uint8Array, from: number, end: number, fields: LineFields): void {
  let i = from;
  for (;;) {
    while (i < end && bytes[i] !== QUOTE) {
      if (bytes[i] === CLOSE_BRACE) return;
      i++;
    }
    i++;
    let hash = 0;
    for (; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) i++;
      if (CLASS[byte] !== 2) hash = (Math.imul(hash, 31) + (byte | 0x20)) | 0;
    }
    i++;
    while (i < end && (bytes[i] as number) <= 0x20) i++;
    if (i >= end || bytes[i] !== COLON) return;
    i++;
    while (i < end && (bytes[i] as number) <= 0x20) i++;
    if (i >= end) return;
    const first = bytes[i] as number;
    if (first === QUOTE) {
      const start = ++i;
      while (i < end) {
        const byte = bytes[i] as number;
        if (byte === QUOTE) break;
        i += byte === BACKSLASH ? 2 : 1;
      }
      if (i >= end) return;
      const field = lookUp(FIELDS, hash);
      if (field !== FIELD_NONE && !hasEscape(bytes, start, i)) noteField(fields, field, bytes, start, i);
      i++;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      i = skipNested(bytes, i, end);
    } else {
      const start = i;
      while (i < end && bytes[i] !== COMMA && bytes[i] !== CLOSE_BRACE && (bytes[i] as number) > 0x20) i++;
      const field = lookUp(FIELDS, hash);
      // A bare word is null, true or false.
      if (field !== FIELD_NONE && first <= 0x39) noteField(fields, field, bytes, start, i);
    }
  }
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
function scanText(bytes: Uint8Array, from: number, end: number, fields: LineFields): void {
  const wordsEnd = from + LEVEL_WORD_BYTES;
  let wordSeverity = SEVERITY_UNKNOWN;
  let name = 0;
  let word = 0;
  let wordStart = from;
  let i = from;
  for (; i < end; i++) {
    const byte = bytes[i] as number;
    const kind = CLASS[byte] as number;
    if (kind === 1) {
      name = (Math.imul(name, 31) + (byte | 0x20)) | 0;
      word = (Math.imul(word, 31) + (byte | 0x20)) | 0;
      continue;
    }
    if (byte === EQUALS) {
      const field = name === 0 ? FIELD_NONE : lookUp(FIELDS, name);
      i++;
      const quoted = i < end && bytes[i] === QUOTE;
      const start = quoted ? i + 1 : i;
      const valueEnd = quoted ? quotedEnd(bytes, start, end) : bareEnd(bytes, start, end);
      if (field !== FIELD_NONE && !(quoted && hasEscape(bytes, start, valueEnd))) {
        noteField(fields, field, bytes, start, valueEnd);
      }
      i = quoted ? valueEnd : valueEnd - 1;
      name = 0;
      word = 0;
      wordStart = i + 1;
      continue;
    }
    if (wordSeverity === SEVERITY_UNKNOWN && i <= wordsEnd && i > wordStart) {
      wordSeverity = levelWord(bytes, from, wordStart, i, word);
    }
    word = 0;
    wordStart = i + 1;
    if (kind === 0) name = 0;
  }
  if (wordSeverity === SEVERITY_UNKNOWN && i <= wordsEnd && i > wordStart) {
    wordSeverity = levelWord(bytes, from, wordStart, i, word);
  }
  if (fields.severity === SEVERITY_UNKNOWN) fields.severity = wordSeverity;
}

/** A level as a word counts in capitals, in brackets, before a colon, or at the line's start ("no error found" is no error). */
function levelWord(bytes: Uint8Array, lineStart: number, start: number, end: number, hash: number): number {
  const length = end - start;
  if (length < 3 || length > 13) return SEVERITY_UNKNOWN;
  const severity = lookUp(SEVERITIES, hash);
  if (severity === SEVERITY_UNKNOWN) return severity;
  const second = bytes[start + 1] as number;
  const capitals = (bytes[start] as number) < 0x61 && second < 0x61;
  const before = start > lineStart ? bytes[start - 1] : OPEN_BRACKET;
  if (capitals || before === OPEN_BRACKET || before === 0x3c || bytes[end] === COLON) return severity;
  return SEVERITY_UNKNOWN;
}

function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return Math.min(i, end);
}

function bareEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end) {
    const byte = bytes[i] as number;
    if (byte <= 0x20 || byte === CLOSE_BRACKET || byte === COMMA || byte === 0x3b || byte === 0x29) break;
    i++;
  }
  return i;
}
